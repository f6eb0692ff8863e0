"""calc: arithmetic that is exact as long as it can be, with units.

Numbers are fractions of whole numbers of any size. Only roots, logarithms, angles and broken powers
leave them, and the answer says so.
"""

import math
from collections import OrderedDict

import blufio

MAX_DIGITS = 4000
LARGEST = 10**MAX_DIGITS


def gcd(a, b):
    while b:
        a, b = b, a % b
    return abs(a)


class Number:
    """top / bottom, or an approximate float in `approximate`; with a unit as powers of base dimensions."""

    def __init__(self, top, bottom=1, dims=None, approximate=None):
        if bottom == 0:
            raise ValueError("division by zero")
        if bottom < 0:
            top, bottom = -top, -bottom
        shared = gcd(top, bottom) or 1
        self.top, self.bottom = top // shared, bottom // shared
        self.dims = dims or {}
        self.approximate = approximate
        if self.top > LARGEST or self.bottom > LARGEST or self.top < -LARGEST:
            raise ValueError("the numbers get too large")

    def value(self):
        if self.approximate is not None:
            return self.approximate
        try:
            return self.top / self.bottom
        except OverflowError:
            raise ValueError("the number is too large for this")

    def with_dims(self, dims):
        return Number(self.top, self.bottom, dims, self.approximate)


def inexact(value, dims=None):
    if value - value != 0:
        raise ValueError("the result is not a number")
    return Number(0, 1, dims, float(value))


def is_inexact(*numbers):
    return any([number.approximate is not None for number in numbers])


def same_dims(a, b, what):
    if a.dims != b.dims:
        raise ValueError("cannot %s %s and %s" % (what, dims_text(a.dims), dims_text(b.dims)))


def add(a, b, sign=1):
    same_dims(a, b, "add" if sign > 0 else "subtract")
    if is_inexact(a, b):
        return inexact(a.value() + sign * b.value(), a.dims)
    return Number(a.top * b.bottom + sign * b.top * a.bottom, a.bottom * b.bottom, a.dims)


def joined(a, b, sign):
    dims = dict(a)
    for name, power in b.items():
        dims[name] = dims.get(name, 0) + sign * power
        if dims[name] == 0:
            del dims[name]
    return dims


def multiply(a, b):
    dims = joined(a.dims, b.dims, 1)
    if is_inexact(a, b):
        return inexact(a.value() * b.value(), dims)
    return Number(a.top * b.top, a.bottom * b.bottom, dims)


def divide(a, b):
    dims = joined(a.dims, b.dims, -1)
    if is_inexact(a, b):
        if b.value() == 0:
            raise ValueError("division by zero")
        return inexact(a.value() / b.value(), dims)
    return Number(a.top * b.bottom, a.bottom * b.top, dims)


def modulo(a, b):
    same_dims(a, b, "divide")
    if is_inexact(a, b):
        raise ValueError("the remainder needs exact numbers")
    if b.top == 0:
        raise ValueError("division by zero")
    bottom = a.bottom * b.bottom
    return Number((a.top * b.bottom) % (b.top * a.bottom), bottom, a.dims)


def power(a, b):
    if b.dims:
        raise ValueError("an exponent has no unit")
    if is_inexact(b) or b.bottom != 1:
        if a.dims:
            raise ValueError("a unit can be raised to whole powers only")
        if b.approximate is None and b.top == 1 and b.bottom == 2:
            return square_root(a)
        if a.value() < 0:
            raise ValueError("a negative number has no such power")
        return inexact(a.value() ** b.value())
    n = b.top
    if abs(n) > 100000 or len(str(abs(a.top))) * abs(n) > MAX_DIGITS or len(str(a.bottom)) * abs(n) > MAX_DIGITS:
        raise ValueError("the result has too many digits")
    dims = {name: count * n for name, count in a.dims.items()} if n else {}
    if is_inexact(a):
        return inexact(a.value() ** n, dims)
    if n < 0:
        return Number(a.bottom ** -n, a.top ** -n, dims)
    return Number(a.top ** n, a.bottom ** n, dims)


def whole_root(n):
    if n < 2:
        return n
    guess = 1 << ((len(str(n)) * 10 // 6) + 1)
    while True:
        better = (guess + n // guess) // 2
        if better >= guess:
            return guess
        guess = better


def square_root(a):
    if a.value() < 0:
        raise ValueError("a negative number has no square root here")
    if any([count % 2 for count in a.dims.values()]):
        raise ValueError("the square root of %s is no unit" % dims_text(a.dims))
    dims = {name: count // 2 for name, count in a.dims.items()}
    if not is_inexact(a):
        top, bottom = whole_root(a.top), whole_root(a.bottom)
        if top * top == a.top and bottom * bottom == a.bottom:
            return Number(top, bottom, dims)
    return inexact(math.sqrt(a.value()), dims)


# -- units ---------------------------------------------------------------------------------------------


def unit(top, bottom, **dims):
    return Number(top, bottom, dims)


UNITS = {
    "m": unit(1, 1, m=1), "km": unit(1000, 1, m=1), "cm": unit(1, 100, m=1), "mm": unit(1, 1000, m=1),
    "um": unit(1, 1000000, m=1), "nm": unit(1, 1000000000, m=1),
    "inch": unit(254, 10000, m=1), "ft": unit(3048, 10000, m=1), "yd": unit(9144, 10000, m=1),
    "mi": unit(1609344, 1000, m=1), "nmi": unit(1852, 1, m=1),
    "g": unit(1, 1000, kg=1), "kg": unit(1, 1, kg=1), "mg": unit(1, 1000000, kg=1), "t": unit(1000, 1, kg=1),
    "lb": unit(45359237, 100000000, kg=1), "oz": unit(45359237, 1600000000, kg=1),
    "s": unit(1, 1, s=1), "ms": unit(1, 1000, s=1), "min": unit(60, 1, s=1), "h": unit(3600, 1, s=1),
    "day": unit(86400, 1, s=1), "week": unit(604800, 1, s=1),
    "l": unit(1, 1000, m=3), "ml": unit(1, 1000000, m=3), "gal": unit(3785411784, 1000000000000, m=3),
    "ha": unit(10000, 1, m=2), "acre": unit(40468564224, 10000000, m=2),
    "kn": unit(1852, 3600, m=1, s=-1), "mph": unit(1609344, 3600000, m=1, s=-1), "kph": unit(1000, 3600, m=1, s=-1),
    "N": unit(1, 1, kg=1, m=1, s=-2), "J": unit(1, 1, kg=1, m=2, s=-2), "kJ": unit(1000, 1, kg=1, m=2, s=-2),
    "W": unit(1, 1, kg=1, m=2, s=-3), "kW": unit(1000, 1, kg=1, m=2, s=-3), "kWh": unit(3600000, 1, kg=1, m=2, s=-2),
    "cal": unit(4184, 1000, kg=1, m=2, s=-2), "kcal": unit(4184, 1, kg=1, m=2, s=-2),
    "Pa": unit(1, 1, kg=1, m=-1, s=-2), "bar": unit(100000, 1, kg=1, m=-1, s=-2),
    "bit": unit(1, 8, byte=1), "byte": unit(1, 1, byte=1), "kB": unit(1000, 1, byte=1), "MB": unit(10 ** 6, 1, byte=1),
    "GB": unit(10 ** 9, 1, byte=1), "TB": unit(10 ** 12, 1, byte=1), "KiB": unit(1024, 1, byte=1),
    "MiB": unit(1024 ** 2, 1, byte=1), "GiB": unit(1024 ** 3, 1, byte=1), "TiB": unit(1024 ** 4, 1, byte=1),
    "K": unit(1, 1, K=1),
}
NAMES = {
    "meter": "m", "metre": "m", "kilometer": "km", "kilometre": "km", "centimeter": "cm", "centimetre": "cm",
    "millimeter": "mm", "millimetre": "mm", "inches": "inch", "foot": "ft", "feet": "ft", "yard": "yd", "mile": "mi",
    "gram": "g", "kilogram": "kg", "kilo": "kg", "tonne": "t", "pound": "lb", "lbs": "lb", "ounce": "oz",
    "second": "s", "sec": "s", "minute": "min", "hour": "h", "hr": "h", "d": "day", "litre": "l", "liter": "l",
    "gallon": "gal", "hectare": "ha", "knot": "kn", "joule": "J", "watt": "W", "bytes": "byte", "B": "byte",
    "kelvin": "K", "newton": "N", "pascal": "Pa",
}
TEMPERATURES = {
    "degC": (Number(1), Number(27315, 100)), "celsius": (Number(1), Number(27315, 100)),
    "degF": (Number(5, 9), Number(45967, 180)), "fahrenheit": (Number(5, 9), Number(45967, 180)),
}


def find_unit(name):
    for candidate in (name, NAMES.get(name), name[:-1] if name[-1:] == "s" else None):
        candidate = NAMES.get(candidate, candidate)
        if candidate in UNITS:
            return UNITS[candidate]
    return None


def dims_text(dims):
    if not dims:
        return "a plain number"
    return " ".join(["%s^%d" % (name, dims[name]) if dims[name] != 1 else name for name in sorted(dims)])


# -- reading -------------------------------------------------------------------------------------------

FUNCTIONS = {
    "sqrt": square_root,
    "abs": lambda a: a if a.value() >= 0 else multiply(a, Number(-1)),
    "ln": lambda a: inexact(math.log(plain(a))),
    "log": lambda a: inexact(math.log10(plain(a))),
    "exp": lambda a: inexact(math.exp(plain(a))),
    "sin": lambda a: inexact(math.sin(plain(a))),
    "cos": lambda a: inexact(math.cos(plain(a))),
    "tan": lambda a: inexact(math.tan(plain(a))),
    "round": lambda a: Number((2 * exact(a).top + a.bottom) // (2 * a.bottom), 1, a.dims),
    "floor": lambda a: Number(exact(a).top // a.bottom, 1, a.dims),
    "ceil": lambda a: Number(-(-exact(a).top // a.bottom), 1, a.dims),
    "factorial": lambda a: factorial(exact(a)),
}
CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau}


def plain(a):
    if a.dims:
        raise ValueError("this function takes a plain number, not %s" % dims_text(a.dims))
    return a.value()


def exact(a):
    if is_inexact(a):
        raise ValueError("this function needs an exact number")
    return a


def factorial(a):
    if a.bottom != 1 or not 0 <= a.top <= 1000 or a.dims:
        raise ValueError("factorial takes a whole number from 0 to 1000")
    result = 1
    for i in range(2, a.top + 1):
        result *= i
    return Number(result)


def tokens(text):
    text = text.replace("×", "*").replace("·", "*").replace("÷", "/").replace("−", "-").replace("π", "pi")
    text = text.replace("²", "^2").replace("³", "^3").replace("°", "deg").replace("µ", "u")
    found, i = [], 0
    while i < len(text):
        char = text[i]
        start = i
        if char == " " or char == "\t" or char == "\n":
            i += 1
        elif char.isdigit() or (char == "." and text[i + 1 : i + 2].isdigit()):
            while i < len(text) and (text[i].isdigit() or text[i] in "._"):
                i += 1
            if i < len(text) and text[i] in "eE" and (text[i + 1 : i + 2].isdigit() or (text[i + 1 : i + 2] in "+-" and text[i + 2 : i + 3].isdigit())):
                i += 2
                while i < len(text) and text[i].isdigit():
                    i += 1
            found.append(("number", text[start:i]))
        elif char.isalpha():
            while i < len(text) and (text[i].isalpha() or text[i] == "_"):
                i += 1
            found.append(("name", text[start:i]))
        elif text[i : i + 2] == "**":
            i += 2
            found.append(("sign", "^"))
        elif char in "+-*/^%()!":
            i += 1
            found.append(("sign", char))
        else:
            raise ValueError('"%s" has no place in an expression' % char)
    return found


def literal(text):
    text = text.replace("_", "")
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, broken = mantissa.partition(".")
    if "." in broken or len(text) > MAX_DIGITS or len(exponent) > 4:
        raise ValueError('"%s" is not a number' % text[:40])
    ten = int(exponent or "0") - len(broken)
    digits = int((whole + broken) or "0")
    return Number(digits * 10 ** ten) if ten >= 0 else Number(digits, 10 ** -ten)


class Reader:
    def __init__(self, text):
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, sign):
        if self.peek() == ("sign", sign):
            self.at += 1
            return True
        return False

    def sum(self):
        self.depth += 1
        if self.depth > 40:
            raise ValueError("the expression is nested too deeply")
        value = self.product()
        while True:
            if self.take("+"):
                value = add(value, self.product())
            elif self.take("-"):
                value = add(value, self.product(), -1)
            else:
                self.depth -= 1
                return value

    def product(self):
        value = self.signed()
        while True:
            if self.take("*"):
                value = multiply(value, self.signed())
            elif self.take("/") or self.word("per"):
                value = divide(value, self.signed())
            elif self.take("%"):
                # "20 % of 50" and "20 %" are percentages, "7 % 3" is a remainder.
                if self.word("of"):
                    value = multiply(divide(value, Number(100)), self.signed())
                elif self.peek()[0] in ("number", "name") and self.peek()[1] not in ("in", "to", "as"):
                    value = modulo(value, self.signed())
                else:
                    value = divide(value, Number(100))
            else:
                return value

    def word(self, name):
        if self.peek() == ("name", name):
            self.at += 1
            return True
        return False

    def signed(self):
        if self.take("-"):
            return multiply(Number(-1), self.signed())
        if self.take("+"):
            return self.signed()
        return self.raised()

    def raised(self):
        value = self.single()
        while self.take("!"):
            value = factorial(exact(value))
        if self.take("^"):
            return power(value, self.signed())
        # A unit right after a number: 5 km, 3 m^2
        kind, name = self.peek()
        if kind == "name" and name not in ("in", "to", "as", "per", "of"):
            if name in TEMPERATURES:
                self.at += 1
                scale, zero = TEMPERATURES[name]
                return add(multiply(value, scale), zero).with_dims({"K": 1})
            if find_unit(name):
                return multiply(value, self.raised())
        return value

    def single(self):
        kind, text = self.peek()
        self.at += 1
        if kind == "number":
            return literal(text)
        if kind == "sign" and text == "(":
            value = self.sum()
            if not self.take(")"):
                raise ValueError("a ) is missing")
            return value
        if kind == "name":
            if text in FUNCTIONS and self.peek() == ("sign", "("):
                return FUNCTIONS[text](self.single())
            if text in CONSTANTS:
                return inexact(CONSTANTS[text])
            found = find_unit(text)
            if found:
                return found
            raise ValueError('"%s" is no unit, function or constant known here' % text)
        raise ValueError("the expression ends too early" if kind == "end" else 'a number is missing before "%s"' % text)


# -- answering -----------------------------------------------------------------------------------------


def decimal(number, digits=30):
    """(text, whether it is the whole number)."""
    if is_inexact(number):
        return "%.12g" % number.value(), False
    sign, top = ("-", -number.top) if number.top < 0 else ("", number.top)
    whole, rest = top // number.bottom, top % number.bottom
    if not rest:
        return sign + str(whole), True
    broken = []
    while rest and len(broken) < digits:
        rest *= 10
        broken.append(str(rest // number.bottom))
        rest %= number.bottom
    return sign + str(whole) + "." + "".join(broken), not rest


def split_target(text):
    for word in (" in ", " to ", " as "):
        head, found, tail = text.rpartition(word)
        if found:
            return head, tail.strip()
    return text, ""


def main():
    text = blufio.input()["expression"]
    head, target = split_target(text)
    reader = Reader(head)
    value = reader.sum()
    if reader.at < len(reader.tokens):
        raise ValueError('"%s" is not expected here' % reader.peek()[1])
    shown_unit = dims_text(value.dims) if value.dims else ""
    if target:
        if target in TEMPERATURES:
            same_dims(value, UNITS["K"], "convert")
            scale, zero = TEMPERATURES[target]
            value = divide(add(value.with_dims({}), zero, -1), scale)
        else:
            goal = Reader(target)
            wanted = goal.sum()
            same_dims(value, wanted, "convert")
            value = divide(value, wanted)
        shown_unit = target
    shown, whole = decimal(value)
    exact_value = not is_inexact(value)
    if exact_value and not whole:
        shown += "…"
    result = OrderedDict()
    result["result"] = (shown + " " + shown_unit).strip()
    result["exact"] = exact_value
    if exact_value and not whole:
        result["fraction"] = "%d/%d" % (value.top, value.bottom)
    blufio.output(result)


main()
