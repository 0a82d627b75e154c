"""Customers, their companies, and who is free to open a new issue.

Rule that keeps the truth unambiguous: a person opens a new issue only when more than ten days
have passed since their previous issue's last contact ended (`CustomerPool.release`).
"""

from __future__ import annotations

import random

from sandbox.world.records import Company, Customer

DAY = 86_400
_KNOWN_SHARE = 0.93

_FIRST_NAMES = {
    "fi": "Aino Eino Helmi Ilmari Kaisa Lauri Maija Niilo Oona Pekka Ritva Sami Tuula Veikko "
    "Saara Antti Elina Jukka Leena Mikko",
    "sv": "Agneta Bengt Cecilia Dag Elsa Fredrik Gunilla Henrik Ingrid Johan Karin Lars Maja "
    "Nils Olga Pontus Rakel Sten Tove Ulf",
    "en": "Alice Brian Chloe Daniel Emma Frank Grace Harry Isla Jack Kate Liam Mary Noah Olive "
    "Paul Quinn Rose Sean Tara",
}
_LAST_NAMES = {
    "fi": "Aalto Hakala Heino Honkanen Jokela Kallio Kettunen Koskela Laine Lehto Mattila Mäkelä "
    "Niemi Ojala Peltola Rantala Salmi Tamminen Uusitalo Ylönen",
    "sv": "Alm Berg Dahl Ek Fors Granlund Holm Isaksson Kvist Lind Malm Nyman Öhman Palm Rosén "
    "Strand Sund Törn Wik Åberg",
    "en": "Archer Baker Carter Dawson Ellis Fisher Gibson Harper Irwin Jarvis Keane Lambert "
    "Mercer Norris Osborne Parker Reeves Sawyer Turner Webb",
}
_FIRST = {language: names.split() for language, names in _FIRST_NAMES.items()}
_LAST = {language: names.split() for language, names in _LAST_NAMES.items()}
_INDUSTRIES = ("construction", "retail", "hospitality", "software", "transport", "health care")
_COMPANY_WORDS = ("Aurinko", "Harju", "Kanerva", "Lautta", "Myrsky", "Norppa", "Pihlaja", "Tähti")
_ASCII = str.maketrans("åäöéÅÄÖÉ", "aaoeAAOE")
# Mean monthly revenue in euros, by segment.
_REVENUE = {"household": 46.0, "small_business": 140.0, "corporate": 900.0}


def _phone(number: int, language: str) -> str:
    # Spread by a factor coprime to the range: unique, yet not in creation order.
    digits = f"{(number * 7_919 + 1_234_567) % 10_000_000:07d}"
    block, prefix = number // 10_000_000, "+4670" if language == "sv" else "+35840"
    return f"{prefix}{digits}" if block == 0 else f"{prefix}{block}{digits[1:]}"


class CustomerPool:
    """Creates people and hands out those who may open a new issue.

    Args:
        seed: world seed.
        start: first instant of the world; people created up front were acquired before it.
        size: people created up front.
    """

    def __init__(self, seed: int, start: int, size: int) -> None:
        self.customers: list[Customer] = []
        self.companies: list[Company] = []
        self._rng = random.Random(f"{seed}:people")
        self._start = start
        for number in range(max(6, size // 60)):
            self._add_company(number)
        for _ in range(size):
            acquired = start - int(DAY * self._rng.uniform(5, 2200))
            self._create(acquired, self._rng.random() < _KNOWN_SHARE, self._pick_language())
        self._free: dict[str, list[int]] = {"fi": [], "sv": [], "en": []}
        for customer in self.customers:
            self._free[customer.language].append(customer.customer_no)

    def _pick_language(self) -> str:
        return self._rng.choices(("fi", "sv", "en"), (0.76, 0.14, 0.10))[0]

    def _add_company(self, number: int) -> None:
        word = _COMPANY_WORDS[number % len(_COMPANY_WORDS)]
        name = f"{word} {number + 1} Oy"
        domain = f"{word.translate(_ASCII).lower()}{number + 1}.example"
        industry = self._rng.choice(_INDUSTRIES)
        self.companies.append(Company(number + 1, 81_000_000 + number, name, domain, industry))

    def _create(self, acquired_at: int, known: bool, language: str) -> Customer:
        rng = self._rng
        number = len(self.customers) + 1
        first, last = rng.choice(_FIRST[language]), rng.choice(_LAST[language])
        segment = rng.choices(("household", "small_business", "corporate"), (0.86, 0.11, 0.03))[0]
        company = rng.choice(self.companies) if known and segment != "household" else None
        host = company.domain if company else rng.choice(("posti.example", "mail.example"))
        local = f"{first}.{last}{number}".translate(_ASCII).lower()
        churned: int | None = None
        if known and rng.random() < 0.05:
            gone = self._start + int(DAY * rng.uniform(-200, 90))
            churned = gone if gone > acquired_at + 30 * DAY else None
        customer = Customer(
            customer_no=number,
            name=f"{first} {last}",
            email=f"{local}@{host}",
            phone=_phone(number, language),
            language=language,
            country="SE" if language == "sv" and rng.random() < 0.3 else "FI",
            segment=segment,
            customer_type="b2c" if segment == "household" else "b2b",
            acquired_at=acquired_at,
            churned_at=churned,
            monthly_revenue=round(_REVENUE[segment] * rng.lognormvariate(-0.08, 0.4), 2),
            hubspot_id=51_000_000 + number if known else None,
            company_no=company.company_no if company else None,
            zendesk_user_id=36_400_000_000 + number,
        )
        self.customers.append(customer)
        return customer

    def get(self, customer_no: int) -> Customer:
        """The customer with this number."""
        return self.customers[customer_no - 1]

    def take(self, at: int, language: str) -> Customer:
        """Someone who opens a new issue at `at`: mostly known people, sometimes a new one."""
        free = self._free[language]
        if not free or self._rng.random() < 0.04:
            acquired = at - int(self._rng.uniform(300, 3 * DAY))
            return self._create(acquired, self._rng.random() < 0.7, language)
        index = int(self._rng.random() * len(free))
        free[index], free[-1] = free[-1], free[index]
        return self.get(free.pop())

    def release(self, customer_no: int) -> None:
        """Let a person open issues again."""
        self._free[self.get(customer_no).language].append(customer_no)

    def stranger(self, at: int) -> Customer:
        """A sender nobody knows and who never comes back (spam)."""
        return self._create(at - 60, False, "en")

    def anyone(self, rng: random.Random, at: int) -> Customer | None:
        """Someone the CRM knew as a customer at `at`, or None when the draw finds nobody."""
        customer = self.customers[int(rng.random() * len(self.customers))]
        if customer.hubspot_id is None or customer.acquired_at > at:
            return None
        gone = customer.churned_at is not None and customer.churned_at <= at
        return None if gone else customer
