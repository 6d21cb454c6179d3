"""A local date and time as Java counts it: fields of a moment, and moments from fields."""

from __future__ import annotations

import calendar
from dataclasses import dataclass

DAY_NANOS = 86_400 * 10**9
MONTHS = tuple(calendar.month_name[1:])
SHORT_MONTHS = tuple(calendar.month_abbr[1:])
# Monday first.
DAYS = tuple(calendar.day_name)
SHORT_DAYS = tuple(calendar.day_abbr)


def days_of(year: int, month: int, day: int) -> int:
    """Days since the epoch of a date of the proleptic Gregorian calendar; the day may lie outside of the month."""
    years = year - (month <= 2)
    era, of_era = divmod(years, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + day_of_year - 719468


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of days since the epoch."""
    eras, of_era = divmod(days + 719468, 146097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    day_of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + eras * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def month_length(year: int, month: int) -> int:
    # The calendar repeats every 400 years.
    return calendar.monthrange(2000 + year % 400, month)[1]


@dataclass(frozen=True, slots=True)
class Moment:
    """A local date and time: days since the epoch, and nanoseconds of the day."""

    days: int
    nanos: int

    @staticmethod
    def of(nanos: int) -> Moment:
        return Moment(*divmod(nanos, DAY_NANOS))

    @property
    def date(self) -> tuple[int, int, int]:
        return civil(self.days)

    @property
    def hour(self) -> int:
        return self.nanos // (3600 * 10**9)

    @property
    def minute(self) -> int:
        return self.nanos // (60 * 10**9) % 60

    @property
    def second(self) -> int:
        return self.nanos // 10**9 % 60

    @property
    def fraction(self) -> int:
        """Nanoseconds of the second."""
        return self.nanos % 10**9

    @property
    def weekday(self) -> int:
        """Monday is 0."""
        return (self.days + 3) % 7

    @property
    def day_of_year(self) -> int:
        return self.days - days_of(self.date[0], 1, 1) + 1

    def week_of_year(self) -> tuple[int, int]:
        """Year and number of the week as in the United States: weeks start on Sunday, the first has January 1."""
        year = self.date[0]
        for candidate in (year + 1, year, year - 1):
            first = days_of(candidate, 1, 1)
            start = first - (first + 4) % 7
            if self.days >= start:
                return candidate, (self.days - start) // 7 + 1
        raise AssertionError("every day is in a week")

    def week_of_month(self) -> int:
        year, month, _ = self.date
        first = days_of(year, month, 1)
        return (self.days - (first - (first + 4) % 7)) // 7 + 1
