"""Whether it is understood what a connection does by the names of statements that the server keeps."""
import unittest

import duty


class KeptStatementsTests(unittest.TestCase):
    def setUp(self):
        self.kept = duty.KeptStatements()

    def test_what_is_executed_by_name_is_what_was_kept_with_its_values(self):
        self.assertTrue(self.kept.take("PREPARE recado_1 FROM 'SELECT lane_removals FROM event_routing WHERE a = ''x'' '"))
        self.assertTrue(self.kept.take("PREPARE recado_2 FROM 'UPDATE t SET a = ?\n WHERE b = ?'"))
        whole = self.kept.whole("START TRANSACTION;EXECUTE recado_1;EXECUTE recado_2 USING -5,_utf8mb4 X'41';COMMIT")
        self.assertEqual(
            whole, "START TRANSACTION;SELECT lane_removals FROM event_routing WHERE a = 'x' ;"
            "UPDATE t SET a = -5\n WHERE b = _utf8mb4 X'41';COMMIT")
        self.assertEqual(duty.duty_of(whole), "route")

    def test_everything_else_is_as_it_was(self):
        for sql in ["SELECT 1;COMMIT", "EXECUTE unknown USING 1"]:
            self.assertFalse(self.kept.take(sql))
            self.assertEqual(self.kept.whole(sql), sql)

    def test_a_single_settlement_is_seen_as_one_of_many(self):
        self.kept.take(
            "PREPARE recado_3 FROM 'INSERT IGNORE INTO delivery_attempt (event_id) SELECT made.event_id, made.milliseconds,"
            " ?, ?, ?, ? FROM (SELECT 0 AS event_id FROM DUAL WHERE FALSE UNION ALL VALUES (?,?)) made'")
        sql = self.kept.whole("EXECUTE recado_3 USING _utf8mb4 X'61',2,_utf8mb4 X'62',_utf8mb4 X'',17,3;COMMIT")
        self.assertEqual(duty.attempts_in(sql), [[17, "a", 2, "b"]])


if __name__ == "__main__":
    unittest.main()
