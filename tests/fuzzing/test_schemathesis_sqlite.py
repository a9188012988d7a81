"""Generated requests on SQLite: whatever comes, the API answers what its document says."""

from __future__ import annotations

import pytest

from .campaign import run_campaign
from .verdicts import no_check_failed, saw_nothing_of, ways_of, went_deep
from .world import build_world


@pytest.fixture
def host_config():
    return {"SUPPORT_TICKETS_API_DOCS": True}


@pytest.mark.parametrize(("scheme", "seed"), ways_of(0))
def test_a_user_meets_the_document_and_nothing_of_another_user(app, tmp_path, scheme, seed):
    world = build_world(app)
    before = world.things_of("alice")
    campaign = run_campaign(world, user="bob", scheme=scheme, seed=seed, folder=tmp_path)
    no_check_failed(campaign)
    went_deep(campaign, 403)
    saw_nothing_of("alice", campaign, world, user="bob")
    assert world.things_of("alice") == before


@pytest.mark.parametrize(("scheme", "seed"), ways_of(1))
def test_a_moderator_meets_the_document(app, tmp_path, scheme, seed):
    world = build_world(app)
    campaign = run_campaign(world, user="mona", scheme=scheme, seed=seed, folder=tmp_path)
    no_check_failed(campaign)
    went_deep(campaign, 412)
