import fire
def a(x, y: bool = True, z=None): "A."
def b(): pass
funcs = dict(a=a, bee=b)
class Sub:
    def m(self, q): ...
    attr = Sub2 = 3
if __name__ == "__main__":
    fire.Fire(dict(a=a, b=b, sub=Sub))
