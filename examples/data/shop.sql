create table product (id integer primary key, name text not null, price real not null);
insert into product values (1, 'teapot', 24.5), (2, 'cup', 6.0), (3, 'saucer', 4.25);
create table sale (product integer not null references product, day text not null, pieces integer not null);
insert into sale values (1, '2026-10-01', 2), (2, '2026-10-01', 12), (2, '2026-10-02', 6), (3, '2026-10-02', 6);
