import argparse
import asyncio


async def main() -> None:
    parser = argparse.ArgumentParser(description="Look for open ports.")
    parser.add_argument("host")
    parser.add_argument("-p", "--ports", default="1-1024", help="like 80,443,8000-8080")
    parser.add_argument("-t", "--timeout", type=float, default=0.5)
    parser.add_argument("-c", "--concurrency", type=int, default=200)
    parser.add_argument("--json", action="store_true", dest="as_json")
    args = parser.parse_args()
    await asyncio.sleep(args.timeout)


if __name__ == "__main__":
    asyncio.run(main())
