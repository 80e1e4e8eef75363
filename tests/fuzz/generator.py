"""Programs from seeds: one seed, one program, the same on every machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.fuzz.bounding import Domains, bounded
from tests.fuzz.expressions import Expressions, Pool, money
from tests.fuzz.garbling import garbled
from tests.fuzz.model import (
    Account,
    Batch,
    File,
    Intent,
    Kind,
    Read,
    Symbol,
    Time,
    Type,
)
from tests.fuzz.moves import Moves, Plan
from tests.fuzz.mutations import mutated
from tests.fuzz.posts import Posts
from tests.fuzz.printing import Style, print_file
from tests.fuzz.unrounded import unrounded

_ACCOUNTS = (
    ("alice", "bob", "carol", "dave"),
    ("payer", "payee", "house", "bank"),
    ("ann", "ann_main", "ann_main_2", "zoe"),
    ("old_timer", "new_shop", "müller", "x"),
)
_SETTINGS = (("priority", "security"), ("target", "ledger"), ("retries", "3"), ("note", '"as agreed"'))


@dataclass(frozen=True, slots=True)
class Case:
    """One program: its tree, its text, and what is known of it.

    `domains` holds per intent the values of each variable by key where guards bound all of them, so that these values
    are all there are; None where they do not. `file` is None for a text that was garbled, which need mean nothing.
    """

    seed: int
    file: File | None
    style: Style
    text: str
    domains: tuple[Domains, ...] | None
    mutated: bool


def generate(seed: int) -> Case:
    """The program of a seed."""
    random = Random(seed)
    file = _Writer(random).file()
    is_mutated = random.random() < 0.45
    if is_mutated:
        file = mutated(file, random)
    # From numbers of its own, so that all other programs stay those of their seeds.
    apart = Random(f"unrounded {seed}")
    if apart.random() < 0.06:
        file = unrounded(file, apart) or file
    domains: tuple[Domains, ...] | None = None
    if random.random() < 0.4:
        file, domains = bounded(file, random)
    style = Style(Random(random.random()))
    text = print_file(file, style)
    if random.random() < 0.04:
        return Case(seed, None, style, garbled(text, random), None, is_mutated)
    return Case(seed, file, style, text, domains, is_mutated)


@dataclass(slots=True)
class _World:
    """What the intents of one file share: accounts and the cells of each asset."""

    accounts: list[Account] = field(default_factory=list)
    cells: dict[str, list[Symbol]] = field(default_factory=dict)


class _Writer:
    """Writes one file."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.count = random.choices((1, 2, 3), (84, 13, 3))[0]
        self.fine = random.random() < 0.15
        self.world = self._world()

    def file(self) -> File:
        intents = [self._intent(position) for position in range(self.count)]
        if self.count == 1 and self.random.random() < 0.9:
            return File((intents[0],))
        if self.count > 1 and self.random.random() < 0.2:
            return File((intents[0], Batch("rest", tuple(intents[1:]))))
        if self.count > 1 and self.random.random() < 0.15:
            return File(tuple(intents))
        return File((Batch(self.random.choice(("", "run")), tuple(intents)),))

    def _world(self) -> _World:
        """Two to four accounts, of one asset or of two."""
        world, random = _World(), self.random
        names = random.choice(_ACCOUNTS[:2] if random.random() < 0.7 else _ACCOUNTS)
        assets = [random.choices(("", "EUR", "JPY", "USD"), (60, 20, 10, 10))[0]]
        if random.random() < 0.25:
            assets = random.sample(("EUR", "USD", "JPY", "EUR", ""), 2)
            assets = assets if len(set(assets)) == 2 else ["EUR", "USD"]
        for position, name in enumerate(names[: random.randint(2, 3) if len(assets) == 1 else 4]):
            asset = assets[position * len(assets) // 4] if len(assets) > 1 else assets[0]
            written = f"Account<{asset}>" if asset else "Account"
            declared = bool(asset) or names in _ACCOUNTS[2:] or random.random() < 0.85
            alone = not asset and random.random() < 0.1 and names in _ACCOUNTS[:2]
            if alone:
                width = random.choice(("Balance", "Balance", "u64", "u8"))
                high = {"u64": 2**64 - 1, "u8": 255}.get(width)
                type_ = Type(Kind.MONEY, width, asset, high=high)
                cell = Symbol(name, type_, "balance", state=True)
            else:
                world.accounts.append(Account(name, asset, written if declared else ""))
                cell = Symbol(name, money(asset), "balance", state=True, declared=False)
            world.cells.setdefault(asset, []).append(cell)
        return world

    def _intent(self, position: int) -> Intent:
        return _IntentWriter(self.random, self.world, position, self.fine, small=self.count > 1).intent()


class _IntentWriter:
    """Writes one intent over the shared accounts."""

    def __init__(self, random: Random, world: _World, position: int, fine: bool, *, small: bool) -> None:
        self.random = random
        self.world = world
        self.position = position
        self.small = small
        self.pool = Pool()
        self.expressions = Expressions(random, self.pool, fine)
        self.parameters: list[Symbol] = []
        self.states: list[Symbol] = []
        self.rates: dict[tuple[str, str], Symbol] = {}
        self._names()

    def intent(self) -> Intent:
        random, plan = self.random, Plan()
        cells = {asset: list(found) for asset, found in self.world.cells.items()}
        moves = Moves(random, self.expressions, plan, cells, list(self.states), self.rates)
        for _ in range(random.choice((1, 1, 2)) if not self.small else 1):
            moves.one()
        if random.random() < 0.5:
            moves.other()
        effect = random.random() < 0.65
        if effect:
            for chance, act in ((0.12, moves.require), (0.1, moves.random_effect), (0.075, moves.issue)):
                if random.random() < chance:
                    act()
            if not plan.statements:
                moves.random_effect()
        posts = Posts(random, self.expressions, plan, cells, declarative=not effect or not plan.statements)
        guard, verify = posts.guard(), posts.verify()
        used = [account for account in self.world.accounts if account.written]
        declared = [symbol for symbol in self.parameters if symbol.declared]
        parameters: list[Symbol | Account] = [*used, *declared]
        random.shuffle(parameters)
        return Intent(
            name=("pay", "settle", "close")[self.position],
            parameters=tuple(parameters),
            accounts=tuple(self.world.accounts),
            guard=guard,
            settings=tuple(random.sample(_SETTINGS, 2)) if random.random() < 0.15 else (),
            effect=None if posts.declarative else tuple(plan.statements),
            verify=verify,
        )

    def _names(self) -> None:
        """Parameters, free names and lone state, with the leaves they give."""
        random = self.random
        for asset, cells in self.world.cells.items():
            self.pool.money[asset] = [Read(cell) for cell in cells]
            self.parameters += [cell for cell in cells if cell.declared]
            self._amounts(asset)
        for maker, chance in (
            (self._whole, 0.35),
            (self._rational, 0.25),
            (self._flag, 0.25),
            (self._identity, 0.35),
            (self._counter, 0.35),
        ):
            if random.random() < chance * (0.5 if self.small else 1):
                maker()
        assets = list(self.world.cells)
        if len(assets) == 2 and random.random() < 0.8:
            into, origin = random.sample(assets, 2)
            if into and origin:
                rate = self._add("rate", Type(Kind.RATIONAL, f"Rate<{into}/{origin}>"))
                self.rates[into, origin] = rate

    def _amounts(self, asset: str) -> None:
        written = {"": ("Balance", "Balance", "Amount")}.get(asset, (f"Balance<{asset}>", f"Amount<{asset}>", asset))
        name = f"amount_{asset.lower()}" if asset else "amount"
        main = self._add(name, money(asset, self.random.choice(written)))
        leaves = [Read(main)] * 3
        if self.random.random() < 0.25:
            second = self._add("cap" + name[6:], money(asset), declared=self.random.random() < 0.5)
            leaves.append(Read(second))
        self.pool.money[asset] += leaves

    def _add(self, name: str, type_: Type, *, declared: bool = True, state: bool = False) -> Symbol:
        if declared and not type_.written:
            asset = type_.asset
            type_ = money(asset, f"Balance<{asset}>" if asset else "Balance")
        if state and declared and self.position:
            name = f"{name}_{self.position + 1}"
        modifiers = self.random.random()
        symbol = Symbol(
            name,
            type_,
            declared=declared,
            state=state,
            secret=declared and modifiers < 0.03,
            external=declared and not state and modifiers > 0.96,
        )
        self.parameters.append(symbol)
        return symbol

    def _whole(self) -> None:
        written, low, high = self.random.choice(
            (
                *(("Int", None, None), ("Timestamp", None, None), ("u8", 0, 255), ("i16", -(2**15), 2**15 - 1)),
                *(("u64", 0, 2**64 - 1), ("i256", -(2**255), 2**255 - 1)),
            )
        )
        self.pool.integers.append(Read(self._add("n", Type(Kind.INTEGER, written, low=low, high=high))))
        if self.random.random() < 0.3:
            self.pool.integers.append(Read(self._add("m", Type(Kind.INTEGER, "Integer"))))
        if self.random.random() < 0.15:
            self.pool.integers.append(Read(self._add("limit", Type(Kind.INTEGER, ""), declared=False)))

    def _rational(self) -> None:
        written = self.random.choice(("Rate", "Price", "Ratio", "Decimal", "Percent"))
        self.pool.rationals.append(Read(self._add("r", Type(Kind.RATIONAL, written))))

    def _flag(self) -> None:
        state = self.random.random() < 0.4
        flag = self._add("flag", Type(Kind.BOOLEAN, self.random.choice(("Bool", "Boolean"))), state=state)
        self.pool.truths.append(Read(flag))
        if state:
            self.states.append(flag)

    def _identity(self) -> None:
        written = self.random.choice(
            ("Region", "Region", "Text", "Text(8)", "Hash", "Hash", "Account", "Account", "Account", "Account")
        )
        if written == "Account":
            accounts = [account for account in self.world.accounts if account.written == "Account"]
            found = [Symbol(account.name, Type(Kind.IDENTITY, "Account", "Account")) for account in accounts]
            if found:
                self.pool.identities["Account"] = [Read(symbol) for symbol in found]
            return
        first = self._add("kind", Type(Kind.IDENTITY, written, written), state=self.random.random() < 0.3)
        self.pool.identities[written] = [Read(first)]
        if first.state:
            self.states.append(first)
        if self.random.random() < 0.5:
            self.pool.identities[written].append(Read(self._add("other", Type(Kind.IDENTITY, written, written))))

    def _counter(self) -> None:
        """A lone counter or price, or a field of an account."""
        random = self.random
        kind = random.choice(("Counter", "Nonce", "u8", "field", "price"))
        if kind == "field" and self.world.accounts:
            account = random.choice(self.world.accounts)
            points = Symbol(account.name, Type(Kind.INTEGER, ""), "points", state=True, declared=False)
            self.parameters.append(points)
        elif kind == "price":
            points = self._add("price", Type(Kind.RATIONAL, "Price"), state=True)
            self.pool.rationals.append(Read(points, Time.BEFORE))
            self.states.append(points)
            return
        else:
            high, low = (255, 0) if kind == "u8" else (None, None)
            written = "Counter" if kind == "field" else kind
            declared = high is not None or random.random() < 0.7
            type_ = Type(Kind.INTEGER, written if declared else "", low=low, high=high)
            points = self._add("count", type_, declared=declared, state=True)
        self.states.append(points)
        self.pool.integers.append(Read(points, Time.BEFORE))
