"""The seccomp filter of a caged command: what is refused, what is reported, what passes.

Only registers are looked at; what lies in memory is the supervisor's to copy and decide on.
"""

import errno
import os
import struct

from blufio_tui.adapters.cage.supervisor_side.kernel import MISSING, NEWEST, NR, REFUSED, SIGNALS

_X86_64 = 0xC000003E
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN, _AND = 0x20, 0x15, 0x45, 0x35, 0x06, 0x54
_ALLOW, _NOTIFY, _ERRNO = 0x7FFF0000, 0x7FC00000, 0x00050000
_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16
_MSG_FASTOPEN = 0x20000000
_NEW_NAMESPACES = 0x7E020000
_TERMINAL_IOCTLS = (0x5412, 0x541C, 0x5423)  # TIOCSTI, TIOCLINUX, TIOCSETD
_OWNER_IOCTLS = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP: the kernel then signals that process
_FILE_SYSTEM_TYPES = (0x66, 0x58, 0x76, 0x94, 0xF5)  # "f", "X", "v", btrfs, f2fs
_READING_IOCTLS = (
    0x80086601, 0x80046601, 0x801C581F, 0x80087601, 0xC020660B,  # flags, extended flags, version, extents (cp)
    0x40049409, 0x4020940D, 0xC0189436,  # FICLONE, FICLONERANGE, FIDEDUPERANGE: into a file that is open for writing
)  # fmt: skip
"""Of the file systems' own: the others change what is only open for reading, or make snapshots of whole folders."""

_FCNTL_LEASE, _FCNTL_OWNER, _FCNTL_OWNER_EX = 1024, 8, 15
_SOL_SOCKET, _SOL_IP, _SOL_IPV6 = 1, 0, 41
_ROUTING_OPTIONS = ((_SOL_IP, 4), (_SOL_IPV6, 57), (_SOL_IPV6, 5), (_SOL_IPV6, 6), (_SOL_IPV6, 32))
"""IP_OPTIONS, IPV6_RTHDR, IPV6_2292RTHDR, IPV6_2292PKTOPTIONS, IPV6_FLOWLABEL_MGR (a label can carry a route): a way
through another host than the one that was decided on."""

_ZERO_COPY = (_SOL_SOCKET, 60)

Step = tuple[int, int, int, int]


def _low(argument: int) -> Step:
    """Load the low half: the kernel ignores the high one of an `int`, and so must a comparison."""
    return (_LOAD, 16 + 8 * argument, 0, 0)


def _refuse(number: int) -> Step:
    return (_RETURN, _ERRNO | number, 0, 0)


_PASS: Step = (_RETURN, _ALLOW, 0, 0)
_REPORT: Step = (_RETURN, _NOTIFY, 0, 0)


def build(*, signals: bool) -> bytes:
    """The program as BPF.

    Args:
        signals: report signals too, where Landlock does not keep them inside.
    """
    special: dict[int, list[Step]] = {
        # An O_PATH descriptor gives no access: reopening, linking, chmod by it are all reported.
        NR["openat"]: [_low(2), (_ANY_BIT, os.O_PATH, 0, 1), _PASS, _REPORT],
        NR["open"]: [_low(1), (_ANY_BIT, os.O_PATH, 0, 1), _PASS, _REPORT],
        NR["sendto"]: [
            _low(3), (_ANY_BIT, _MSG_FASTOPEN, 0, 1), _refuse(errno.EOPNOTSUPP),
            _low(4), (_EQUAL, 0, 0, 3), (_LOAD, 16 + 8 * 4 + 4, 0, 0), (_EQUAL, 0, 0, 1), _PASS, _REPORT,
        ],
        56: [_low(0), (_ANY_BIT, _NEW_NAMESPACES, 0, 1), _refuse(errno.EPERM), _PASS],  # clone
        16: _ioctl(signals=signals),
        54: _setsockopt(),
        # A lease makes whoever opens the file wait, the supervisor too. Owners of descriptors are sent signals.
        72: [
            _low(1), *_refuse_values((_FCNTL_LEASE,)),
            *(_refuse_values((_FCNTL_OWNER, _FCNTL_OWNER_EX)) if signals else ()), _PASS,
        ],
        41: [*_socket()],
        53: [_low(0), (_EQUAL, _AF_UNIX, 0, 1), _PASS, _refuse(errno.EAFNOSUPPORT)],  # socketpair
    }  # fmt: skip
    for name in ("prlimit64", "sched_setparam", "sched_setscheduler", "sched_setaffinity", "sched_setattr"):
        special[NR[name]] = [_low(0), (_EQUAL, 0, 0, 1), _PASS, _REPORT]  # 0 is the caller itself
    code: list[Step] = [
        (_LOAD, 4, 0, 0), (_EQUAL, _X86_64, 1, 0), _refuse(errno.ENOSYS),
        # Also the calls of x32, and those of kernels that came after this was written.
        (_LOAD, 0, 0, 0), (_AT_LEAST, NEWEST + 1, 0, 1), _refuse(errno.ENOSYS),
    ]  # fmt: skip
    for number, body in special.items():
        code += [(_EQUAL, number, 0, len(body)), *body]
    reported = {**NR, **(SIGNALS if signals else {})}
    plain = [(number, _REPORT) for number in reported.values() if number not in special]
    plain += [(number, _refuse(errno.EPERM)) for number in REFUSED]
    plain += [(number, _refuse(errno.ENOSYS)) for number in MISSING]
    for number, step in plain:
        code += [(_EQUAL, number, 0, 1), step]
    code.append(_PASS)
    return b"".join(struct.pack("HBBI", operation, yes, no, value & 0xFFFFFFFF) for operation, value, yes, no in code)


def _refuse_values(values: tuple[int, ...]) -> list[Step]:
    return [step for value in values for step in ((_EQUAL, value, 0, 1), _refuse(errno.EPERM))]


def _ioctl(*, signals: bool) -> list[Step]:
    steps = [_low(1), *_refuse_values((*_TERMINAL_IOCTLS, *(_OWNER_IOCTLS if signals else ())))]
    steps += [step for value in _READING_IOCTLS for step in ((_EQUAL, value, 0, 1), _PASS)]
    types = tuple(kind << 8 for kind in _FILE_SYSTEM_TYPES)
    return [*steps, (_AND, 0xFF00, 0, 0), *_refuse_values(types), _PASS]


def _setsockopt() -> list[Step]:
    """Options that make a decided address lead elsewhere, or leave memory of the supervisor's to be sent later."""
    steps: list[Step] = []
    for level, option in (*_ROUTING_OPTIONS, _ZERO_COPY):
        steps += [_low(1), (_EQUAL, level, 0, 3), _low(2), (_EQUAL, option, 0, 1), _refuse(errno.ENOPROTOOPT)]
    return [*steps, _PASS]


def _socket() -> list[Step]:
    """Unix; netlink for routes only; IPv4 and IPv6 as TCP or UDP (no raw, no SCTP, no MPTCP)."""
    return [
        _low(0), (_EQUAL, _AF_UNIX, 0, 1), _PASS,
        (_EQUAL, _AF_NETLINK, 0, 4), _low(2), (_EQUAL, 0, 0, 1), _PASS, _refuse(errno.EPROTONOSUPPORT),
        (_EQUAL, _AF_INET, 2, 0), (_EQUAL, _AF_INET6, 1, 0), _refuse(errno.EAFNOSUPPORT),
        _low(2),
        (_EQUAL, 0, 2, 0), (_EQUAL, 6, 1, 0), (_EQUAL, 17, 0, 1), _PASS, _refuse(errno.EPROTONOSUPPORT),
    ]  # fmt: skip
