"""Lines in blocks of bytes."""

from __future__ import annotations


def whole_lines(buffer: bytes, *, last: bool) -> int:
    """How many bytes of the buffer are whole lines (all of them at the end of the file)."""
    return len(buffer) if last else buffer.rfind(b"\n") + 1


def split_lines(block: bytes) -> list[bytes]:
    r"""The lines of a block, without their ends (`\n` or `\r\n`)."""
    lines = block.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line[:-1] if line.endswith(b"\r") else line for line in lines]
