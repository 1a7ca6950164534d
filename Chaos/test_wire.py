"""Whether it is understood what the server answers to a script."""
import unittest

import wire

OK, OK_AND_MORE = b"\0\0\0\2\0\0\0", b"\0\0\0\x0a\0\0\0"
FAILED = b"\xff\xbd\x04#40001Deadlock"


def answers(*payloads):
    found = wire.Answers()
    data = b"".join(wire.framed(number, payload) for number, payload in enumerate(payloads, 1))
    # However it is cut.
    for position in range(len(data)):
        found.take(data[position:position + 1])
    return found


class AnswersTests(unittest.TestCase):
    def test_a_script_is_over_with_its_last_answer(self):
        self.assertFalse(answers(OK_AND_MORE).is_over)
        found = answers(OK_AND_MORE, OK_AND_MORE, OK)
        self.assertTrue(found.is_over)
        self.assertFalse(found.has_failed)

    def test_a_script_whose_last_statement_failed_has_failed(self):
        found = answers(OK_AND_MORE, OK_AND_MORE, FAILED)
        self.assertTrue(found.is_over)
        self.assertTrue(found.has_failed)


if __name__ == "__main__":
    unittest.main()
