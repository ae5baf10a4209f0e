#!/usr/bin/env python3
"""Plants faults in a tree of its own and expects check_layers to name each of them, and nothing in a sound tree."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_layers  # noqa: E402


class CheckLayersTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        self.plant("src/sip/dialog/dialog.cpp", '#include "warp/sip/transaction/layer.h"\n#include "table.h"\n')
        self.plant("include/warp/routing/route.h", '#include "warp/rating/price.h"\n#include <vector>\n')
        self.plant("src/app/main.cpp", '#include "warp/calls/engine.h"\n#include <boost/asio.hpp>\n')

    def tearDown(self):
        self.folder.cleanup()

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def expect_fault(self, *words):
        found = list(check_layers.faults(self.root))
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def test_a_sound_tree_has_no_fault(self):
        self.assertEqual(list(check_layers.faults(self.root)), [])

    def test_an_arrow_upwards(self):
        self.plant("src/base/text.cpp", '// why\n#include "warp/domain/reason.h"\n')
        self.expect_fault("src/base/text.cpp:2", "base (floor 0)", "domain (floor 2)")

    def test_an_arrow_sideways(self):
        self.plant("include/warp/rating/deck.h", '#include "warp/routing/route.h"\n')
        self.expect_fault("rating", "routing")

    def test_the_reverse_of_an_allowed_sideways_arrow(self):
        self.plant("src/sip/transport/udp.cpp", '#include "warp/sip/dialog/dialog.h"\n')
        self.expect_fault("sip/transport", "sip/dialog")

    def test_two_services_do_not_see_each_other(self):
        self.plant("src/calls/engine.cpp", '#include "warp/records/journal.h"\n')
        self.expect_fault("calls", "records")

    def test_a_private_header_of_another_room(self):
        self.plant("src/media/relay.cpp", '#include "calls/engine.h"\n')
        self.expect_fault("media", "calls")

    def test_climbing_out_of_the_folder(self):
        self.plant("src/media/relay.cpp", '#include "../rtp/header.h"\n')
        self.expect_fault("climbs out")

    def test_a_codec_with_a_socket(self):
        self.plant("src/sdp/parse.cpp", "#include <boost/asio/ip/address.hpp>\n")
        self.expect_fault("sdp", "boost/asio")

    def test_a_codec_with_a_thread(self):
        self.plant("src/rtp/header.cpp", "#include <mutex>\n")
        self.expect_fault("rtp", "mutex")

    def test_an_unknown_room(self):
        self.plant("src/managers/all.cpp", "\n")
        self.expect_fault("src/managers/all.cpp", "no room")

    def test_a_header_of_an_unknown_room(self):
        self.plant("src/calls/engine.cpp", '#include "warp/helpers/all.h"\n')
        self.expect_fault("belongs to no room")

    def test_a_cmake_dependency_upwards(self):
        self.plant("src/domain/CMakeLists.txt", "warp_room(domain DEPS warp_base warp_sip_dialog)\n")
        self.expect_fault("domain may not depend on sip/dialog")

    def test_an_empty_tree_proves_nothing(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertEqual(len(list(check_layers.faults(empty))), 1)


if __name__ == "__main__":
    unittest.main()
