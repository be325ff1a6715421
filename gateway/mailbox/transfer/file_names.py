"""Paths for mailboxes in a tree of files: safe on any system, and never two alike."""

from dataclasses import dataclass, field

from gateway.mailbox.transfer.folder_names import file_level


@dataclass(slots=True)
class FileNames:
    """Of one export. `below`: what the folder for mailboxes below another has after the other's name; `avoid`: ends of
    names that mean something else there."""

    below: str
    avoid: tuple[str, ...] = ()
    _paths: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def path(self, mailbox: str) -> str:
        """With `/` between folders."""
        if mailbox not in self._paths:
            above, _, name = mailbox.rpartition("/")
            folder = f"{self.path(above)}{self.below}/" if above else ""
            self._paths[mailbox] = self._free(folder, file_level(name))
        return self._paths[mailbox]

    def _free(self, folder: str, name: str) -> str:
        if name.lower().endswith((self.below or "//", ".json", ".jsonl", *self.avoid)):
            name += "_"
        number, path = 1, f"{folder}{name}"
        while path.lower() in self._taken:
            number += 1
            path = f"{folder}{name}~{number}"
        self._taken.add(path.lower())
        return path
