"""The inputs that are kept in files: seeds to begin with, and everything that once did harm.

`.hex` files spell bytes as hexadecimal digits and 'text', with # comments; all others are taken as they are.
"""
import os
import re

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
TOKEN = re.compile(r"\s+|#.*|'([^']*)'|((?:[0-9a-f]{2})+)|(.)")


def seeds(kind):
    """The inputs of a kind by name, in the order of their names."""
    folder = os.path.join(FOLDER, kind)
    return {name: load(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    return spelt(data.decode()) if path.endswith(".hex") else data


def spelt(text):
    data = b""
    for literal, digits, unknown in TOKEN.findall(text):
        if unknown:
            raise ValueError(f"{unknown!r} is neither hexadecimal nor 'text'")
        data += bytes.fromhex(digits) + literal.encode()
    return data
