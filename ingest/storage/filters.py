"""Turns filters by collection, document, metadata and date into a `Scope` for the indexes.

A document's date is the value of `date` in its metadata ("2024", "2024-05", "2024-05-31"), else the
day it was added (UTC). Limits: metadata must match exactly; a `date` in another form is compared as
text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from ingest.errors import InvalidRequest, NotFound
from ingest.index.base import Scope
from ingest.storage.database import Store
from ingest.storage.documents import build_undeleted_conditions, require_collections
from ingest.storage.schema import documents
from ingest.validation import clean_metadata

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` to `until`, both included: YYYY, YYYY-MM or YYYY-MM-DD; empty: no limit."""

    since: str = ""
    until: str = ""

    def __post_init__(self) -> None:
        """Raise InvalidRequest for what is no date."""
        for text in filter(None, (self.since, self.until)):
            _first_day(text)

    def __bool__(self) -> bool:
        """Whether there is any condition."""
        return bool(self.since or self.until)

    @property
    def condition(self) -> ColumnElement[bool]:
        """The condition on documents."""
        # Text of the same form sorts by date; it is compared at the length that was asked for, so
        # that "2024-05-31" lies in the year 2024.
        date = documents.c["metadata"]["date"].as_string()
        dated, added = [date.is_not(None)], [date.is_(None)]
        if self.since:
            dated.append(func.substr(date, 1, len(self.since)) >= self.since)
            added.append(documents.c.created_at >= _first_day(self.since))
        if self.until:
            dated.append(func.substr(date, 1, len(self.until)) <= self.until)
            added.append(documents.c.created_at < _day_after(self.until))
        return or_(and_(*dated), and_(*added))


ALWAYS = Period()


def _first_day(text: str) -> datetime:
    found = _DATE.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        year, month, day = (int(part or 1) for part in found.groups())
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        raise InvalidRequest(
            f"{text!r} is no date.", hint="Write YYYY, YYYY-MM or YYYY-MM-DD."
        ) from None


def _day_after(text: str) -> datetime:
    """Return the end of a year, month or day; `datetime.max` in the last year that exists."""
    start = _first_day(text)
    if start.year == MAXYEAR:
        return datetime.max.replace(tzinfo=UTC)
    if len(text) == len("YYYY-MM-DD"):
        return start + timedelta(days=1)
    months = 1 if len(text) == len("YYYY-MM") else 12
    years, month = divmod(start.month - 1 + months, 12)
    return start.replace(year=start.year + years, month=month + 1)


def find_scope(
    store: Store,
    collection_ids: Sequence[str] | None,
    document_ids: Sequence[str] | None,
    metadata: Mapping[str, str],
    period: Period = ALWAYS,
) -> Scope:
    """Turn filters into the scope of a search.

    Raises NotFound for unknown ids, InvalidRequest.
    """
    wanted = clean_metadata(metadata)
    with store.read() as connection:
        if collection_ids is not None:
            require_collections(connection, collection_ids)
        if document_ids is not None:
            _require_documents(connection, document_ids)
        if wanted or period:
            where = [documents.c["metadata"][k].as_string() == v for k, v in wanted.items()]
            if period:
                where.append(period.condition)
            document_ids = _find_matching_documents(connection, collection_ids, document_ids, where)
    return Scope(
        None if collection_ids is None else tuple(dict.fromkeys(collection_ids)),
        None if document_ids is None else tuple(dict.fromkeys(document_ids)),
    )


def _require_documents(connection: Connection, document_ids: Sequence[str]) -> None:
    query = select(documents.c.id).where(
        documents.c.id.in_(document_ids), *build_undeleted_conditions()
    )
    missing = set(document_ids) - set(connection.execute(query).scalars())
    if missing:
        raise NotFound(f"There is no document {sorted(missing)[0]!r}.")


def _find_matching_documents(
    connection: Connection,
    collection_ids: Sequence[str] | None,
    document_ids: Sequence[str] | None,
    conditions: Sequence[ColumnElement[bool]],
) -> list[str]:
    where = [*build_undeleted_conditions(), documents.c.live_revision.is_not(None), *conditions]
    if collection_ids is not None:
        where.append(documents.c.collection_id.in_(collection_ids))
    if document_ids is not None:
        where.append(documents.c.id.in_(document_ids))
    query = select(documents.c.id).where(*where).order_by(documents.c.id)
    return list(connection.execute(query).scalars())
