"""Frozen dataclasses that are defined quickly: nothing is compiled for them. For the classes of syntax trees and plans,
which are very many, and few objects of each are made; start-up counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from operator import attrgetter

    def dataclass(*, frozen, slots):
        """As dataclasses.dataclass(frozen=True, slots=True)."""
        assert frozen
        assert slots
        return _defined

    def _defined(cls):
        cls.__doc__ = cls.__doc__ or cls.__name__  # else dataclasses writes one, which takes long
        cls = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
        fields = dataclasses.fields(cls)
        cls.__init__ = _init(fields, hasattr(cls, "__post_init__"))
        cls.__setattr__ = cls.__delattr__ = _refused
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = _repr
        if "__eq__" not in cls.__dict__:
            of = _compared(fields)
            cls.__eq__ = lambda self, other: of(self) == of(other) if other.__class__ is cls else NotImplemented
            cls.__hash__ = lambda self: hash(of(self))
        return cls

    def _init(fields, then):
        names = [field.name for field in fields]
        given = frozenset(names)
        defaults = {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}
        made = {f.name: f.default_factory for f in fields if f.default_factory is not dataclasses.MISSING}

        def init(self, *args, **values):
            if len(args) > len(names) or not values.keys() <= given or not values.keys().isdisjoint(names[: len(args)]):
                raise TypeError(f"{type(self).__name__} takes {', '.join(names)}")
            found = {**defaults, **dict(zip(names, args, strict=False)), **values}
            for name, make in made.items():
                if name not in found:
                    found[name] = make()
            if len(found) < len(names):
                raise TypeError(f"{type(self).__name__} lacks {', '.join(n for n in names if n not in found)}")
            self.__dict__.update(found)
            if then:
                self.__post_init__()

        return init

    def _compared(fields):
        names = [field.name for field in fields if field.compare]
        return attrgetter(*names) if names else lambda _: ()

    def _repr(self):
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def _refused(self, name, *_):
        raise dataclasses.FrozenInstanceError(f"{type(self).__name__} is frozen, its {name} too")
