"""Remember what a text was read as: labels, marks and headings recur on every page of a form.

What is remembered is bounded in number and in length, so that no page fills the memory with texts
that never come again. Nothing is remembered of a page but readings that its text alone decides.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar

Asked = TypeVar("Asked")
Read = TypeVar("Read")

# A label with its explanations has 60 characters, a line of a site below 200; what is longer is
# prose, which is read once.
_LONGEST = 200
_memories: list[dict[Any, Any]] = []


class _Memory(dict[str, Read]):
    """Texts and what they were read as; a text that is not in it is read.

    A table that reads what it lacks answers without a call in Python: every cell of every table is
    asked for many times. One that is full forgets all, which costs less than to know the oldest.
    """

    def __init__(self, read: Callable[[str], Read], most: int) -> None:
        super().__init__()
        self._read = read
        self._most = most

    def __missing__(self, text: str) -> Read:
        found = self._read(text)
        if len(text) <= _LONGEST:
            if len(self) >= self._most:
                self.clear()
            self[text] = found
        return found


def remembered(most: int) -> Callable[[Callable[[str], Read]], Callable[[str], Read]]:
    """Remember up to `most` short texts that a function of one text was asked for."""

    def decorate(read: Callable[[str], Read]) -> Callable[[str], Read]:
        memory = _Memory(read, most)
        _memories.append(memory)
        return memory.__getitem__

    return decorate


def remembered_by(
    name: Callable[[Asked], Hashable], most: int
) -> Callable[[Callable[[Asked], Read]], Callable[[Asked], Read]]:
    """Remember up to `most` answers to questions that `name` gives the same name.

    name: gives everything of the question that the answer depends on, None for one that is too
        large to be remembered.
    """

    def decorate(read: Callable[[Asked], Read]) -> Callable[[Asked], Read]:
        memory: dict[Hashable, Read] = {}
        _memories.append(memory)

        @wraps(read)
        def recall(asked: Asked) -> Read:
            named = name(asked)
            if named is None:
                return read(asked)
            if named not in memory:
                if len(memory) >= most:
                    memory.clear()
                memory[named] = read(asked)
            return memory[named]

        return recall

    return decorate


def forget() -> None:
    """Forget every text, so that the next page is read as the first one of a process."""
    for memory in _memories:
        memory.clear()
