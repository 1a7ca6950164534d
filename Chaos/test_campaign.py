"""Whether a whole run draws everything that it must have come by."""
import unittest

import campaign
import schedule


class CampaignTests(unittest.TestCase):
    def test_every_point_of_a_kill_is_drawn_whatever_the_seed(self):
        expected = {(kind, what) for kind, points in schedule.KILLS.items() for what in points}
        for seed in range(20):
            drawn = {(kind, what) for plan in campaign.full(seed) for kind, what, _ in plan.faults}
            self.assertEqual(expected - drawn, set())


if __name__ == "__main__":
    unittest.main()
