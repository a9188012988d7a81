"""What the demo's people posted: who, how many hours ago, what; oldest first."""

from __future__ import annotations

POSTS: tuple[tuple[str, float, str], ...] = (
    ("tom", 150.2, "Finished the fence. It is straight if you tilt your head."),
    ("priya", 131.5, "Our screen-reader meetup is on Thursday at seven. Everybody is welcome."),
    ("yuki", 118.9, "Morning walk along the canal.\nCold wind, very high sky."),
    ("sofia", 97.3, 'Book club: we voted, and it is "The Left Hand of Darkness". Six weeks!'),
    ("noah", 80.6, "Sourdough, day nine. It has a name now, so there is no way back."),
    ("lena", 71.1, "Die ersten Pfifferlinge des Jahres – mehr verrate ich nicht."),
    ("omar", 52.4, "صباح الخير من عمّان"),
    ("emma", 30.8, "Back from Montréal. Who needs maple syrup? I may have overdone it."),
    ("mona", 26.5, "A word from the moderators: please do not share other people's addresses."),
    ("bob", 7.7, "Tomato season. The knife stays out of the picture this time."),
    ("alice", 3.2, "Rowing club, 6 am, fog on the river. Worth getting up for."),
    ("adam", 0.9, "Maintenance tonight from 2 to 3 UTC. You can read, but not post."),
)
