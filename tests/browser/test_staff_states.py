"""Every page for staff in every state: no fault of axe inside our part, no sideways scroll."""

from __future__ import annotations

import pytest

from ..chromium import NEEDS_CHROMIUM
from .examining import assert_usable
from .states import STAFF_STATES

pytestmark = NEEDS_CHROMIUM


@pytest.mark.parametrize("state", STAFF_STATES, ids=lambda state: state.name)
def test_can_be_used_by_everybody(open_as, site, state):
    assert_usable(state.open(open_as, site), within="main")
