"""Whether a relative is the patient of a Chinese text or part of the family's history. Written before the rule."""

import pytest

from .test_relatives import MARKED, PERSONS, assertions

THE_PATIENT = """
误服奶奶的降压药1小时，[嗜睡]，没有[呕吐]。
爸爸给孩子吃药后[呕吐]。
我女儿4岁，[发烧]三天。
我女儿4岁,[发热]三天,[咳嗽]一天
我儿子昨天开始[咳嗽]，还[发烧]。
医生您好，我家宝宝8个月，[呕吐]两天了。
我的孩子5岁，今天早上说[肚子疼]。
我妈妈72岁，今天突然[胸痛]。
我父亲今早醒来就[口齿不清]，右手没力气。
我老公突然[胸痛]，还[出汗]。
女儿3岁，[发烧]两天，不肯喝水。
我女儿一直[咳嗽]，晚上睡不好。
我奶奶80岁，昨天摔倒后[髋部疼痛]。
我很担心我儿子，他2岁，身上起了[皮疹]。
我儿子6岁，昨天[发烧]，他爸爸有[哮喘]。
你好，我弟弟刚才[抽搐]了，怎么办？
我妻子怀孕30周，今天早上[阴道出血]。
我爸从昨天开始[呼吸困难]，怎么办
我儿子[发烧]三天了，我给他吃了布洛芬，今天我儿子又[呕吐]。
我女儿（7岁）[头痛]。我母亲有[银屑病]。
昨天晚上我女儿开始[跛行]，没有[发烧]。
请问医生，我家小孩10个月大，[拉肚子]怎么办？
我带我儿子来看病，他4岁，[发烧]两天。
我女儿4岁，没有[发烧]，可是一直[咳嗽]。
孩子妈妈代述：我女儿2岁，[发热]39度。
我外婆85岁，这两天[意识模糊]。我外婆还有[高血压]。
我先生45岁，现在[胸闷]得厉害，我该怎么办？
我小女儿1岁，[咳嗽]一周了。我大女儿有[哮喘]。
我儿子，3岁半，[耳朵疼]，我不知道要不要带他去急诊。
宝宝6个月，我女儿[发烧]38.5度，刚吃了药。
我们家儿子上午[腹泻]三次，我们都很着急。
我女儿有[皮疹]，已经两天了，妹妹上周得过[水痘]。
我妈妈有高血压10年，昨天开始[头痛]。
"""

THE_FAMILY = """
我母亲有[糖尿病]。
父亲患[高血压]。
父亲65岁，患[糖尿病]10年；母亲60岁，体健。
我[头痛]三天，我母亲有[偏头痛]。
我妈妈50岁时得了[乳腺癌]。
我父亲60岁，有[冠心病]，我最近爬楼胸闷。
我奶奶死于[肺癌]。
我咳嗽一周，我儿子3岁，昨天也[发烧]。
患者母亲有[糖尿病]。
患者发热两天，女儿4岁，昨天[发热]。
其父有[冠心病]，昨天住院。
家族史：母亲[高血压]。
我女儿上周得了[流感]，现在我也发烧。
我哥哥有[癫痫]，这个病会遗传吗？
我爸去年查出[肺癌]。
我姐姐被诊断为[红斑狼疮]。
我最近总是头晕。我妈妈62岁，有[甲减]。
我儿子有[哮喘]，我自己胸闷。
我外婆和姨妈都有[卵巢癌]。
育有一子一女，儿子12岁，患[癫痫]。
我怀孕30周，我儿子3岁，昨天开始出[水痘]。
她女儿昨天开始[发烧]。
病人说：“我女儿4岁，[水痘]三天了”。
我儿子小时候得过[脑膜炎]。
我丈夫有[乙肝]，我怀孕12周。
我老婆昨天[发烧]，我今天开始嗓子疼。
咳嗽、咽痛两天，我女儿昨天也[发烧]。
我爷爷70岁去世，有[冠心病]。
我妹妹以前有[抑郁症]。
我女儿4岁，发烧三天，我母亲有[糖尿病]。
我儿子5岁，昨天开始咳嗽，他妈妈有[过敏性鼻炎]。
我和我女儿都[发烧]，我还咳嗽。
"""


def _family(line: str) -> set[str]:
    told = zip(MARKED.findall(line), assertions(line), strict=True)
    return {phrase for phrase, assertion in told if assertion in PERSONS}


@pytest.mark.parametrize("line", THE_PATIENT.strip().splitlines())
def test_a_relative_whose_complaint_is_reported_is_the_patient(line: str) -> None:
    others = {"我母亲有[银屑病]", "他爸爸有[哮喘]", "我大女儿有[哮喘]", "妹妹上周得过[水痘]"}
    assert _family(line) == {MARKED.findall(other)[0] for other in others if other in line}


@pytest.mark.parametrize("line", THE_FAMILY.strip().splitlines())
def test_a_relative_who_is_told_of_beside_the_patient_is_none(line: str) -> None:
    assert MARKED.findall(line)[-1] in _family(line)


def test_the_writer_keeps_a_complaint_told_beside_a_relatives() -> None:
    assert _family("我[头痛]三天，我母亲有[偏头痛]。") == {"偏头痛"}
