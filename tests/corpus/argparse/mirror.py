import argparse
import shlex

parser = argparse.ArgumentParser(
    description="Mirror a site", prefix_chars="-+", fromfile_prefix_chars="@"
)
parser.add_argument("url")
parser.add_argument("+x", "++exclude")
args = parser.parse_args()
