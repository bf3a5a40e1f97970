#!/usr/bin/env python3
"""Prints the figures of the race as a Markdown table: race_table.py FOLDER STORE..."""
import sys


def figures(path):
    with open(path, encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("\t") for line in file)


def shown(value):
    if value is None:
        return "–"
    number = float(value)
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"


def main():
    folder, stores = sys.argv[1], sys.argv[2:]
    columns = [figures(f"{folder}/{store}.figures") for store in stores]
    names = list(dict.fromkeys(name for column in columns for name in column))
    print("| | " + " | ".join(stores) + " |")
    print("|---" * (len(stores) + 1) + "|")
    for name in names:
        print(f"| {name} | " + " | ".join(shown(column.get(name)) for column in columns) + " |")


if __name__ == "__main__":
    main()
