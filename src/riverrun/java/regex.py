"""java.util.regex patterns as Python's re where they mean the same; an error that says what to write where not.

Source: the documentation of java.util.regex.Pattern (JDK 17). Use `fullmatch` (Divolte) or `search` (Flink).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from riverrun.errors import InputError, UnsupportedError

_NEWLINES = r"\n\r\x85\u2028\u2029"
_END = rf"(?=(?:\r\n|[{_NEWLINES}])?\Z)"
_SHORTHANDS = {
    "d": "0-9",
    "w": "A-Za-z0-9_",
    "s": r" \t\n\x0b\f\r",
    "h": r" \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
    "v": r"\n\x0b\f\r\x85\u2028\u2029",
}
_POSIX = {
    "Lower": "a-z", "Upper": "A-Z", "ASCII": r"\x00-\x7f", "Alpha": "A-Za-z", "Digit": "0-9", "Alnum": "A-Za-z0-9",
    "Punct": r"!-/:-@\[-`{-~", "Graph": "!-~", "Print": " -~", "Blank": r" \t", "Cntrl": r"\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F", "Space": r" \t\n\x0b\f\r",
}  # fmt: skip
_BINARY = {
    "IsAlphabetic": ("L", "Nl"),
    "IsLetter": ("L",),
    "IsDigit": ("Nd",),
    "IsUppercase": ("Lu",),
    "IsLowercase": ("Ll",),
}
_CONTROL = {"t": r"\t", "n": r"\n", "r": r"\r", "f": r"\f", "a": r"\x07", "e": r"\x1b"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")
_COUNT = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The Python pattern that matches what the Java pattern matches.

    Raises InputError for what Java refuses too, UnsupportedError for what Python cannot do. Neither has a place.
    """
    translated = _Translator(pattern).translate()
    try:
        return re.compile(translated, re.ASCII)
    except re.error as error:
        if "look-behind" in str(error):
            raise UnsupportedError(
                f"regular expression {pattern!r}: a look-behind of changing width",
                todo="look behind for a fixed number of characters"
            ) from error  # fmt: skip
        raise InputError(f"regular expression {pattern!r}: {error}") from error
    except (RecursionError, OverflowError) as error:
        raise InputError(f"regular expression {pattern!r} is too deep or repeats too often") from error


class _Translator:
    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.ignore_case = self.dot_all = self.comments = False

    def wrong(self, what: str) -> InputError:
        return InputError(f"regular expression {self.text!r}: {what} at position {self.at + 1}")

    def unsupported(self, what: str, todo: str | None = None) -> UnsupportedError:
        return UnsupportedError(f"regular expression {self.text!r}: {what} at position {self.at + 1}", todo=todo)

    def peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def translate(self) -> str:
        out = self.alternatives()
        if self.at < len(self.text):
            raise self.wrong("an unmatched )")
        return out

    def alternatives(self) -> str:
        """Up to the end of the group. Flags set inside (`(?i)`) end with it."""
        flags = self.ignore_case, self.dot_all, self.comments
        out: list[str] = []
        while self.at < len(self.text) and self.peek() != ")":
            if self.peek() == "|":
                self.at += 1
                out.append("|")
                continue
            if self.comments and (self.peek().isspace() or self.peek() == "#"):
                self.skip_comment()
                continue
            out.append(self.term())
        self.ignore_case, self.dot_all, self.comments = flags
        return "".join(out)

    def skip_comment(self) -> None:
        if self.peek() == "#":
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
        else:
            self.at += 1

    def term(self) -> str:
        atom = self.atom()
        if not atom:
            return ""
        found = _COUNT.match(self.text, self.at)
        quantifier = found[0] if found else self.peek() if self.peek() in ("*", "+", "?") else ""
        if not quantifier:
            return atom
        self.at += len(quantifier)
        if self.peek() in ("?", "+"):
            quantifier += self.peek()
            self.at += 1
        if self.peek() in ("*", "+", "?"):
            raise self.wrong(f"{self.peek()} with nothing to repeat")
        if _COUNT.match(self.text, self.at):
            raise self.unsupported("a repetition of a repetition", "put the inner one into (?: )")
        return atom + quantifier

    def atom(self) -> str:
        char = self.peek()
        if char == "(":
            return self.group()
        if char == "[":
            return self.cased(self.char_class())
        if char == "\\":
            return self.quoted() if self.peek(2) == "\\Q" else self.cased(self.escape())
        self.at += 1
        if char == ".":
            return r"[\s\S]" if self.dot_all else f"[^{_NEWLINES}]"
        if char == "^":
            return r"\A"
        if char == "$":
            return _END
        if char in "*+?" or (char == "{" and True):
            self.at -= 1
            raise self.wrong(f"{char} with nothing to repeat" if char != "{" else "{ has to be written \\{")
        return self.cased(re.escape(char))

    def quoted(self) -> str:
        """`\\Q ... \\E`. A repetition behind it is one of its last character."""
        end = self.text.find("\\E", self.at + 2)
        inside = self.text[self.at + 2 : end if end >= 0 else len(self.text)]
        self.at = end + 2 if end >= 0 else len(self.text)
        return "".join(self.cased(re.escape(char)) for char in inside)

    def cased(self, atom: str) -> str:
        return f"(?i:{atom})" if self.ignore_case and atom else atom

    def group(self) -> str:
        if self.peek(2) != "(?":
            return self.inside(1, "(")
        for opening in ("(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"):
            if self.text.startswith(opening, self.at):
                return self.inside(len(opening), opening)
        if self.peek(3) == "(?<":
            found = _NAME.match(self.text, self.at + 3)
            if found is None or self.text[found.end() : found.end() + 1] != ">":
                raise self.wrong("a group's name is letters and digits, a letter first")
            return self.inside(found.end() + 1 - self.at, f"(?P<{found[0]}>")
        return self.flags()

    def inside(self, length: int, opening: str) -> str:
        self.at += length
        body = self.alternatives()
        if self.peek() != ")":
            raise self.wrong("a ( without its )")
        self.at += 1
        return f"{opening}{body})"

    def flags(self) -> str:
        found = _FLAGS.match(self.text, self.at)
        if found is None:
            raise self.wrong("an unknown group")
        before = self.ignore_case, self.dot_all, self.comments
        for letters, value in ((found[1], True), (found[2] or "", False)):
            for letter in letters:
                self.set_flag(letter, value)
        if found[3] == ")":
            self.at = found.end()
            return ""
        out = self.inside(found.end() - self.at, "(?:")
        self.ignore_case, self.dot_all, self.comments = before
        return out

    def set_flag(self, letter: str, value: bool) -> None:
        if letter == "i":
            self.ignore_case = value
        elif letter == "s":
            self.dot_all = value
        elif letter == "x":
            self.comments = value
        elif letter in "dmuU":
            raise self.unsupported(f"the flag {letter}", "a mapping matches a whole value; write the classes out")
        else:
            raise self.wrong(f"the unknown flag {letter}")

    def escape(self) -> str:
        char = self.text[self.at + 1 : self.at + 2]
        if not char:
            raise self.wrong("a \\ at the end")
        if char == "k":
            found = re.compile(r"\\k<([A-Za-z][A-Za-z0-9_]*)>").match(self.text, self.at)
            if found is None:
                raise self.wrong("\\k without <name>")
            self.at = found.end()
            return f"(?P={found[1]})"
        if char in "123456789":
            self.at += 2
            if self.peek().isdigit() and self.peek():
                raise self.unsupported("a back reference of two digits", "use a named group and \\k<name>")
            return f"(?:\\{char})"
        if char in "bBAzZGRX":
            self.at += 2
            if char in "GX":
                raise self.unsupported(f"\\{char}")
            if char in "bB":
                return _boundary() if char == "b" else f"(?!{_boundary()})"
            newline = rf"(?:\r\n|[{_SHORTHANDS['v']}])"
            return {"z": r"\Z", "Z": _END, "R": f"(?>{newline})"}.get(char, f"\\{char}")
        return self.class_of(self.class_escape())

    @staticmethod
    def class_of(inside: str) -> str:
        return inside if inside.startswith("[^") else f"[{inside}]"

    def class_escape(self) -> str:
        """What an escape stands for inside of [ ]; a negated one is a whole class `[^...]`."""
        char = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if char in _SHORTHANDS:
            return _SHORTHANDS[char]
        if char.lower() in _SHORTHANDS and char:
            return f"[^{_SHORTHANDS[char.lower()]}]"
        if char in ("p", "P"):
            inside = self.property()
            return f"[^{inside}]" if char == "P" else inside
        if char in _CONTROL:
            return _CONTROL[char]
        if char in ("x", "u", "0", "c"):
            return self.code(char)
        if char.isascii() and char.isalnum():
            self.at -= 2
            raise self.wrong(f"the unknown escape \\{char}")
        return _literal(char)

    def code(self, kind: str) -> str:
        shapes = {
            "x": r"([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\}", "u": r"([0-9a-fA-F]{4})", "0": r"([0-3]?[0-7]{1,2})",
            "c": r"(.)",
        }  # fmt: skip
        found = re.compile(shapes[kind]).match(self.text, self.at)
        if found is None:
            raise self.wrong(f"\\{kind} without its number")
        self.at = found.end()
        digits = found[1] or found[2]
        number = ord(digits) ^ 64 if kind == "c" else int(digits, 8 if kind == "0" else 16)
        if number > 0x10FFFF:
            raise self.wrong("no such character")
        return _literal(chr(number))

    def property(self) -> str:
        found = re.compile(r"\{([A-Za-z_=]+)\}|([A-Z])").match(self.text, self.at)
        if found is None:
            raise self.wrong("\\p without its property")
        name = found[1] or found[2]
        self.at = found.end()
        if name in _POSIX:
            return _POSIX[name]
        name = name.removeprefix("gc=").removeprefix("general_category=")
        categories = _BINARY.get(name) or (name.removeprefix("Is"),)
        ranges = _category(categories)
        if not ranges:
            raise self.unsupported(f"the property {name}", "write the characters out")
        return ranges

    def char_class(self) -> str:
        """A class with Java's unions and intersections, as one atom."""
        self.at += 1
        negated = self.peek() == "^"
        if negated:
            self.at += 1
        operands: list[str] = []
        members: list[str] = []  # insides of a plain class
        wholes: list[str] = []  # classes that stand for themselves
        first = True
        while self.peek() != "]" or (first and not operands and not wholes):
            if not self.peek():
                raise self.wrong("a [ without its ]")
            if first and self.peek() == "]":
                raise self.wrong("] has to be written \\] here")
            first = False
            if self.peek(2) == "&&":
                self.at += 2
                operands.append(_union(members, wholes))
                members, wholes = [], []
            elif self.peek() == "[":
                wholes.append(self.char_class())
            elif self.comments and self.peek().isspace():
                self.at += 1
            else:
                self.member(members, wholes)
        self.at += 1
        operands.append(_union(members, wholes))
        operands = [one for one in operands if one != "(?:)"] or operands[:1]
        if len(operands) == 1 and not wholes and members:
            return f"[{'^' if negated else ''}{''.join(members)}]"
        body = "".join(f"(?={one})" for one in operands[:-1]) + operands[-1]
        return rf"(?:(?!{body})[\s\S])" if negated else f"(?:{body})"

    def member(self, members: list[str], wholes: list[str]) -> None:
        start = self.single()
        if start.startswith("[^"):
            wholes.append(start)
            return
        if self.peek() == "-" and self.peek(2) not in ("-]", "-[", "-"):
            self.at += 1
            end = self.single()
            if len(start) > 12 or end.startswith("["):
                raise self.wrong("a range between classes")
            members.append(f"{start}-{end}")
        else:
            members.append(start)

    def single(self) -> str:
        if self.peek() != "\\":
            char = self.peek()
            self.at += 1
            return _literal(char)
        if self.peek(2) == "\\Q":
            end = self.text.find("\\E", self.at)
            quoted = self.text[self.at + 2 : end if end >= 0 else len(self.text)]
            self.at = end + 2 if end >= 0 else len(self.text)
            return "".join(map(_literal, quoted))
        if self.peek(2) in ("\\b", "\\B", "\\R", "\\k"):
            raise self.wrong(f"{self.peek(2)} in a class")
        return self.class_escape()


def _union(members: list[str], wholes: list[str]) -> str:
    parts = ([f"[{''.join(members)}]"] if members else []) + wholes
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def _literal(char: str) -> str:
    """A character inside of [ ]."""
    return "\\" + char if char in r"\]^-[&~|" else char if char.isprintable() else f"\\U{ord(char):08x}"


@lru_cache(maxsize=1)
def _boundary() -> str:
    """`\\b` of JDK 17: words are of letters, digits, `_` and the marks on them, in any script, although `\\w` is ASCII.

    Python's differs only beside numbers that are no digits, and beside marks; those go by the second alternative.
    """
    other, marks = (_category(one, 0x10000) for one in (("No", "Nl"), ("Mn",)))
    word = rf"(?u:\w)(?<![{other}])"
    behind = "|".join(rf"(?<=(?u:\w){f'[{marks}]' * n})(?<![{other}]{f'[{marks}]' * n})" for n in range(3))
    exact = rf"(?:{behind})(?!{word})(?![{marks}])|(?={word})(?!{behind})"
    beside = rf"(?:(?<=[{other}{marks}])|(?=[{other}{marks}]))"
    return rf"(?:(?u:\b)(?<![{other}{marks}])(?![{other}{marks}])|{beside}(?:{exact}))"


@lru_cache(maxsize=32)
def _category(categories: tuple[str, ...], below: int = 0x110000) -> str:
    """The characters of Unicode general categories (`L` is all of Lu, Ll ...), as the inside of a class."""
    ranges: list[str] = []
    start = None
    for number in range(below + 1):
        inside = number < below and unicodedata.category(chr(number)).startswith(categories)
        if inside and start is None:
            start = number
        elif not inside and start is not None:
            ranges.append(f"\\U{start:08x}-\\U{number - 1:08x}")
            start = None
    return "".join(ranges)
