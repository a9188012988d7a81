"""Every user page in every state: no fault of axe, no sideways scroll, targets for thumbs."""

from __future__ import annotations

import pytest

from ..chromium import NEEDS_CHROMIUM
from .examining import TARGET, assert_usable
from .states import USER_STATES

pytestmark = NEEDS_CHROMIUM


@pytest.mark.parametrize("state", USER_STATES, ids=lambda state: state.name)
def test_can_be_used_by_everybody(open_as, site, state):
    assert_usable(state.open(open_as, site), target=TARGET)
