"""Statements whose text is made once: putting an expression tree together for each page takes longer than the database needs to answer it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

# Text, the names of its places in order (empty where the driver takes a dict), values of constants, and what turns columns into Python values.
_Ready = tuple[str, tuple[str, ...], dict[str, Any], list[tuple[int, Callable[[Any], Any]]]]


class Prepared:
    """A SELECT with named places (`sa.bindparam("name")`) for text and whole numbers; lists of ids and other types are not for it."""

    def __init__(self, statement: sa.SelectBase) -> None:
        self._statement = statement
        self._ready: dict[str, _Ready] = {}
        self.names = tuple(statement.selected_columns.keys())

    def rows(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """The rows, their values as the columns' types say."""
        connection = session.connection()
        ready = self._ready.get(connection.dialect.name)
        if ready is None:
            ready = self._ready[connection.dialect.name] = self._for(connection.dialect)
        text, order, constants, processors = ready
        given = {**constants, **values}
        found = connection.exec_driver_sql(text, tuple([given[name] for name in order]) if order else given).all()
        if not processors:
            return [tuple(row) for row in found]
        rows = []
        for row in found:
            made = list(row)
            for n, process in processors:
                made[n] = process(made[n])
            rows.append(tuple(made))
        return rows

    def _for(self, dialect: sa.Dialect) -> _Ready:
        compiled = self._statement.compile(dialect=dialect)
        constants: dict[str, Any] = {name: value for name, value in compiled.params.items() if value is not None}
        processors: list[tuple[int, Callable[[Any], Any]]] = []
        for n, column in enumerate(self._statement.selected_columns):
            process = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if process is not None:
                processors.append((n, process))
        return str(compiled), tuple(compiled.positiontup or ()), constants, processors


class PreparedList:
    """A SELECT for a short list of keys that are whole numbers above 0. Its text is made once, with `most` places; those left over hold 0."""

    def __init__(self, statement: sa.Select[Any], key: Any, most: int) -> None:
        self.most = most
        self._places = [f"key_{n}" for n in range(most)]
        self._prepared = Prepared(statement.where(key.in_([sa.bindparam(place, type_=sa.Integer) for place in self._places])))

    def rows(self, session: Session, keys: Sequence[int]) -> list[tuple[Any, ...]]:
        """The rows of at most `most` keys, in no order."""
        if len(keys) > self.most:
            raise ValueError(f"at most {self.most} keys fit, not {len(keys)}")
        given = [*keys, *(0 for _ in range(self.most - len(keys)))]
        return self._prepared.rows(session, **dict(zip(self._places, given, strict=True)))
