import pytest

from knowledge.medical.notes.emergencies.long_seizures import long_seizures


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("GTC seizure lasting 12 min, still fitting", ["still fitting", "seizure lasting 12 min"]),
        ("a seizure which lasted about 20 minutes.", ["seizure which lasted about 20 minutes"]),
        ("GTCS ongoing >30 min", ["GTCS ongoing >30 min"]),
        ("convulsions for half an hour", ["convulsions for half an hour"]),
        ("seizure x10 min", ["seizure x10 min"]),
        ("GTC ongoing 25 mins despite midazolam", ["GTC ongoing 25 mins"]),
        ("GTC 2 mins, ongoing headache", []),
        ("seizure lasting 3-10 minutes", ["seizure lasting 3-10 minutes"]),
        ("GTC at 0830, still convulsing on arrival", ["still convulsing"]),
        ("50M. Fitting for 20 minutes", ["Fitting for 20 minutes"]),
        ("Brace fitting for 20 minutes. Fitting for a hearing aid 30 minutes, fitting for 2 minutes", []),
        ("still seizing once a month", []),
        ("抽搐，持续约15分钟", ["抽搐，持续约15分钟"]),
        ("抽搐1次，持续约40分钟", ["抽搐1次，持续约40分钟"]),
        ("抽搐1次，持续约2分钟", []),
        ("抽搐1次，持续咳嗽10分钟", []),
        ("仍抽搐不止", ["仍抽搐不止"]),
        ("仍抽搐3次", []),
        ("still seizing in resus", ["still seizing"]),
        ("still convulsing occasionally", []),
        ("Mask still fitting snugly. Still fitting into old clothes", []),
        ("面肌一直抽搐两年。眼睑持续抽搐", []),
        ("seizure lasting 2-3 minutes", []),
        ("seizure, postictal for 30 minutes", []),
        ("seizure-free for 3 hours", []),
        ("seizures for 20 years", []),
        ("last seizure 10 minutes ago", []),
        ("抽搐持续40分钟未缓解", ["抽搐持续40分钟"]),
        ("惊厥持续约半小时", ["惊厥持续约半小时"]),
        ("抽搐1次约2分钟", []),
        ("Convulsing 25 mins on arrival", ["Convulsing 25 mins"]),
        ("GTCS 10 min, self-terminated", ["GTCS 10 min"]),
        ("a 15 min generalised tonic-clonic seizure", ["15 min generalised tonic-clonic seizure"]),
        ("持续抽搐40分钟不缓解", ["持续抽搐40分钟"]),
        ("反复抽搐30分钟未缓解", ["抽搐30分钟"]),
        ("抽搐30分钟后缓解", []),
        ("Seizure 20 min ago, seizing 3 mins, seizure 10 min post vaccination, after 10 min seizure free", []),
        ("Seizure 10 min following exercise, seizure 30 min since last dose", []),
        ("15 min seizure call, 10 min seizure talk, midazolam for seizure 5 mins or more", []),
        ("Seizure 30 min since arrival", ["Seizure 30 min"]),
        ("New brace fitting 30 mins, absence seizures 15 min EEG, every 10 min seizure watch", []),
        ("抽搐停止后嗜睡持续30分钟", []),
    ],
)
def test_a_seizure_of_five_minutes_is_long(text: str, phrases: list[str]) -> None:
    assert [text[a:b] for a, b in long_seizures(text)] == phrases
