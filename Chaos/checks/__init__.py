"""The promises, each as a function from a history to what was broken."""
from checks import deaths, isolation, letters, loss, order, repeats, tables

ALL = [loss, repeats, order, isolation, letters, tables, deaths]


def violations(history):
    return [violation for module in ALL for violation in module.check(history)]
