import argparse
import calendar
import datetime

today = datetime.date.today()


def main():
    parser = argparse.ArgumentParser(description="Show a calendar")
    parser.add_argument("year", type=int, nargs="?", default=today.year)
    parser.add_argument("month", type=int, nargs="?", default=today.month, choices=range(1, 13))
    parser.add_argument("-w", "--week-start", default="monday", choices=[d.lower() for d in calendar.day_name])
    parser.add_argument("--columns", type=int, default=3)
    args = parser.parse_args()


if __name__ == "__main__":
    main()
