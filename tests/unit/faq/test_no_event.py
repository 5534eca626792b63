"""How customers live, what they have paid so far and when to call them back are nothing critical."""

import pytest
from by_meaning import BY_MEANING

from knowledge.faq.critical_topics import Topic, critical_topics
from tests.messages import messages

TOPICS = critical_topics()

NO_EVENT = """
my husband is in a wheelchair | we are deaf | she uses a walker | 我妈坐轮椅 | 我爸腿脚不方便 | 炭够不够 | 座位够不够坐
I paid half of the booking, when is the other half due | I paid half of the course
the people next door are shouting all night | smoke from my neighbours' bonfire every weekend, the washing stinks
please ring me, I work nights and it is hard to reach me before noon | please call me after 6
发烧呢 | 感冒了呢？ | 那高血压呢 | the lift in the town hall is stuck | is the elevator in your car park out of order
市政厅的电梯卡住了 | 商场的电梯坏了怎么上楼 | I dropped my phone and the screen is smashed | my phone fell in the toilet
"""
AN_EVENT = """
my husband is in a wheelchair and has fallen down the stairs | 药够不够 | 一瓶安眠药够吗 | 绳子够不够
I paid the deposit and never got the course | I paid half, they wont give it back
the neighbour screams every night | my neighbours play loud music every night and I want to die
please call me, I cannot go on after this | please call me before 6, I am scared of him
那流血了呢 | 他不动了呢 | someone is stuck in the lift at the town hall
the lift in your shop is stuck with my mum inside | 商场的电梯卡住了，里面有人
my phone is cracked and I have nothing left to live for
"""


@pytest.mark.parametrize("message", messages(NO_EVENT))
def test_how_somebody_lives_or_can_be_reached_is_no_event(message: str) -> None:
    assert BY_MEANING.topic_of(message) is None


@pytest.mark.parametrize("message", messages(AN_EVENT))
def test_what_happens_beside_it_is_one(message: str) -> None:
    assert BY_MEANING.topic_of(message) is not None


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("I was bitten by a dog near the lake, bleeding badly", "emergency"),
        ("I cut my hand on the fence, it won't stop bleeding", "emergency"),
        ("bitten by a guard dog on your site, bleeding badly", "emergency"),
        ("After brushing my gums are sore, bleeding a lot", None),
    ],
)
def test_who_bleeds_is_often_told_before(message: str, topic: Topic | None) -> None:
    assert TOPICS.topic_of(message) == topic


class Alarm:
    """Takes every message for an emergency."""

    def topic_of(self, message: str) -> Topic | None:
        return "emergency"


@pytest.mark.parametrize("message", ["my husband is in a wheelchair", "the people next door are shouting all night"])
def test_a_state_is_no_emergency(message: str) -> None:
    assert critical_topics(Alarm()).topic_of(message) is None
