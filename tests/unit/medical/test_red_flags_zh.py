"""Chinese words for emergencies make their red flags fire; denied, normal or of something else they do not."""

import pytest

from knowledge.medical.case import Evidence, Finding, Sex, Status
from knowledge.medical.chinese_names import names_to_read
from knowledge.medical.codes import code_of
from knowledge.medical.common import load_common
from knowledge.medical.notes.characters import plain
from knowledge.medical.notes.context.assertion import contexts, sentence_around
from knowledge.medical.notes.context.cue_rules import Assertion
from knowledge.medical.notes.emergencies.long_seizures import STATUS_EPILEPTICUS, long_seizures
from knowledge.medical.notes.emergencies.overdoses import overdoses
from knowledge.medical.notes.values.measurements import read_measurements
from knowledge.medical.notes.words.chinese import ChineseBook
from knowledge.medical.notes.words.qualities import qualities
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Situation

_WORDS = [(words.finding.code, word) for words in load_common().words for word in words.zh]
_BOOK = ChineseBook((*_WORDS, *names_to_read()))


def fires(note: str, rule_id: str) -> bool:
    """Whether the rule holds for a grown-up of the note, whose findings imply no others."""
    found = [*_BOOK.find(plain(note)), *qualities(plain(note)), *overdoses(plain(note))]
    found += [(*span, STATUS_EPILEPTICUS) for span in long_seizures(plain(note))]
    present: dict[str, Finding] = {}
    for (start, end, code), said in zip(found, contexts(note, [hit[:2] for hit in found]), strict=True):
        if said.assertion is Assertion.PRESENT and not said.is_past:
            evidence = Evidence("text", note[start:end], None, start, end, "", *sentence_around(note, start, end))
            present[code] = Finding(code, code, Status.PRESENT, (evidence,))
    values = {value.quantity: [value] for value in read_measurements(note)[0]}
    (rule,) = [rule for rule in RULES if rule.id == rule_id]
    return rule.when.judge(Situation(present, values, 50, Sex.UNKNOWN, None, None)).holds is True


@pytest.mark.parametrize(
    ("rule_id", "note", "fired"),
    [
        ("cauda-equina", "腰痛伴双下肢麻木无力、大小便失禁1天，鞍区感觉减退", True),
        ("cauda-equina", "腰痛伴小便失禁2天", True),
        ("cauda-equina", "腰背痛，双下肢瘫痪", True),
        ("cauda-equina", "腰背痛，尿便障碍", True),
        ("cauda-equina", "腰背痛，会阴部感觉减退", True),
        ("cauda-equina", "腰痛，无下肢无力，无大小便失禁，鞍区感觉正常", False),
        ("cauda-equina", "腰痛半年，咳嗽时漏尿", False),
        ("cauda-equina", "截瘫病史10年，腰背痛1周", False),
        ("cauda-equina", "抽搐1次，伴大小便失禁，无腰痛", False),
        ("cauda-equina", "截瘫5年，腰痛", False),
        ("cauda-equina", "腰背痛，双下肢瘫痪已3年", False),
        ("suicide-risk", "情绪低落，有伤害自己的想法", True),
        ("suicide-risk", "想结束自己的生命", True),
        ("suicide-risk", "有消极言语，觉得活着没意思", True),
        ("suicide-risk", "否认消极观念，无伤害自己的想法", False),
        ("suicide-risk", "手术结束生命体征平稳", False),
        ("suicide-risk", "割脉2小时", True),
        ("suicide-risk", "跳楼致全身多处疼痛", True),
        ("suicide-risk", "近来厌世，反复想到死", True),
        ("suicide-risk", "与家人争吵后口服农药", True),
        ("suicide-risk", "因家庭纠纷自服敌敌畏100ml", True),
        ("suicide-risk", "争吵后服安眠药50片", True),
        ("suicide-risk", "自行服下百草枯约50ml", True),
        ("suicide-risk", "患儿误服农药", False),
        ("suicide-risk", "与人发生口角后口服农药", True),
        ("suicide-risk", "口角流涎，床旁见空安定药瓶", False),
        ("suicide-risk", "父母争吵时患儿误服农药", False),
        ("suicide-risk", "否认争吵，口服农药1小时", False),
        ("suicide-risk", "与家人争吵后胸闷，喷洒农药时头晕", False),
        ("suicide-risk", "喷洒农药后恶心", False),
        *(("overdose", f"{words}无缓解", False) for words in ("自服“速效救心丸”10粒", "含服速效救心丸25粒")),
        *(("overdose", words, False) for words in ("口服复方丹参滴丸10粒", "口服强的松10片", "口服10粒速效救心丸")),
        *(("overdose", words, True) for words in ("口服强的松50片", "长期服六味地黄丸，今晨服安定15片")),
        *(("overdose", words, True) for words in ("吞服安眠藥 20 顆", "服用過量安眠藥", "喝巴拉刈")),
        ("aortic-dissection", "主動脈剝離 type A", True),
        ("testicular-torsion", "睪丸扭轉", True),
        ("testicular-torsion", "睪丸無疼痛", False),
        ("intracranial-bleeding", "右側硬腦膜上出血", True),
        ("intracranial-bleeding", "硬腦膜下出血", True),
        ("intracranial-bleeding", "慢性硬腦膜下出血", False),
        ("cardiac-tamponade", "心包膜填塞", True),
        ("gastrointestinal-bleeding", "腸胃道出血", True),
        ("cardiac-arrest", "到院前心肺功能停止", True),
        ("status-epilepticus", "癲癇重積狀態", True),
        ("status-epilepticus", "全身抽筋10分鐘", True),
        ("status-epilepticus", "全身抽筋2分鐘", False),
        ("status-epilepticus", "小腿抽筋10分鐘", False),
        ("pre-eclampsia", "子癇前症 with severe features", True),
        ("pre-eclampsia", "子癇前症，BP 130/80", False),
        ("acute-coronary-syndrome", "心前区疼痛2小时，大汗", True),
        ("acute-coronary-syndrome", "反复胸闷痛半年，活动后出现", True),
        ("acute-coronary-syndrome", "反复胸闷半年，近1周静息时亦有发作", True),
        ("acute-coronary-syndrome", "胸痛1天，心电图ST段压低", True),
        ("acute-coronary-syndrome", "胸痛半年，静息时无发作，活动后无发作", False),
        ("acute-coronary-syndrome", "胸痛1天，咳嗽，活动后出现", False),
        ("acute-coronary-syndrome", "心前区无疼痛，大汗", False),
        ("acute-coronary-syndrome", "无胸痛，活动后出现气促", False),
        ("acute-coronary-syndrome", "鉴别诊断：肺栓塞。心电图：ST段抬高。患者胸痛2小时，大汗", True),
        ("acute-limb-ischemia", "突发右下肢剧烈疼痛、下肢湿冷，足背动脉搏动消失", True),
        ("acute-limb-ischemia", "左下肢疼痛、苍白，足背动脉搏动未触及", True),
        ("acute-limb-ischemia", "右下肢疼痛、苍白，足背动脉搏动好", False),
        ("acute-limb-ischemia", "双下肢无疼痛，足背动脉搏动消失", False),
        ("necrotizing-fasciitis", "右下肢红肿热痛，T 38.9℃，疼痛剧烈与体征不符", True),
        ("necrotizing-fasciitis", "右下肢红肿热痛，T 38.9℃，捻发感", True),
        ("necrotizing-fasciitis", "右下肢红肿热痛，T 38.9℃，无捻发感", False),
        ("gastrointestinal-bleeding", "醉酒后呕出鲜血约100ml", True),
        ("gastrointestinal-bleeding", "呕吐鲜红色血液2次", True),
        ("gastrointestinal-bleeding", "呕吐2次，呕吐物无血，呕吐后血压正常", False),
        ("gastrointestinal-bleeding", "新生儿呕鲜奶2次", False),
        ("acute-glaucoma", "右眼剧烈胀痛、视力下降6小时", True),
        ("acute-glaucoma", "左眼疼痛，视力明显减退", True),
        ("acute-glaucoma", "右眼视力下降1年，无眼痛", False),
        ("pulmonary-embolism", "左下肢肿胀疼痛3天，呼吸困难1小时", True),
        ("pulmonary-embolism", "双下肢无肿胀，呼吸困难1小时", False),
        ("pulmonary-embolism", "双下肢凹陷性水肿，端坐呼吸，呼吸困难1小时", False),
        ("stroke", "急性脑血管病", True),
        ("stroke", "脑血管意外", True),
        ("stroke", "手术风险：心脑血管意外", False),
        ("stroke", "突发右侧肢体不能活动1小时", True),
        ("stroke", "右侧肢体瘫痪", True),
        ("stroke", "左侧上下肢乏力", True),
        ("stroke", "左侧肢体活动不利", True),
        ("stroke", "右侧肢体无瘫痪，无乏力", False),
        ("stroke", "右侧肢体疼痛，活动受限", False),
        ("stroke", "双侧肢体无力", False),
        ("stroke", "言语不利、口眼歪斜", True),
        ("stroke", "言语清，无口眼歪斜", False),
        ("stroke", "头颅CT：脑干出血", True),
        *(("sepsis", f"发热，R 30次/分，{words}", True) for words in ("神志欠清", "意识朦胧", "神志恍惚", "反应迟钝")),
        *(("sepsis", f"发热，R 30次/分，{words}", True) for words in ("意识改变", "答非所问", "胡言乱语")),
        *(("sepsis", f"发热，R 30次/分，{words}", False) for words in ("神志清", "无意识改变", "对光反应迟钝")),
        ("sepsis", "发热，无尿1天", True),
        ("sepsis", "发热，无尿", True),
        ("sepsis", "发热，无尿频、尿急、尿痛，无尿蛋白", False),
        ("cardiac-arrest", "颈动脉搏动消失", True),
        ("cardiac-arrest", "大动脉搏动未触及，立即心肺复苏", True),
        ("cardiac-arrest", "无意识、无呼吸、无脉搏，立即CPR", True),
        ("cardiac-arrest", "心搏呼吸停止10分钟", True),
        ("cardiac-arrest", "左侧颈动脉搏动消失，大动脉炎", False),
        ("cardiac-arrest", "无呼吸、脉搏异常，颈动脉搏动正常", False),
        ("gastrointestinal-bleeding", "急性上消化道出血", True),
        ("gastrointestinal-bleeding", "急性上消化道大出血", True),
        ("gastrointestinal-bleeding", "食管胃底静脉曲张破裂出血", True),
        ("gastrointestinal-bleeding", "食管胃底静脉曲张", False),
        ("gastrointestinal-bleeding", "无消化道出血。便血2次，量少", False),
        ("gastrointestinal-bleeding", "2015年消化道出血史", False),
        ("neutropenic-sepsis", "粒细胞缺乏，T 39.5℃", True),
        ("neutropenic-sepsis", "粒缺发热", True),
        ("neutropenic-sepsis", "N 0.02×10^9/L，发热39℃", True),
        ("neutropenic-sepsis", "粒细胞缺乏，T 36.5℃", False),
        ("neutropenic-sepsis", "N 1.2×10^9/L，发热39℃", False),
        ("ruptured-aortic-aneurysm", "腹主动脉瘤破裂", True),
        ("ruptured-aortic-aneurysm", "主动脉瘤破裂", True),
        ("ruptured-aortic-aneurysm", "腹主动脉瘤，未破裂", False),
        ("ruptured-aortic-aneurysm", "腹主动脉瘤破裂修复术后", False),
        ("acute-abdomen", "膈下可见新月形游离气体影", True),
        ("acute-abdomen", "腹腔内见游离气体", True),
        ("acute-abdomen", "膈下未见游离气体", False),
        ("necrotizing-fasciitis", "阴囊皮肤发黑坏死", True),
        ("necrotizing-fasciitis", "Fournier坏疽", True),
        ("necrotizing-fasciitis", "阴囊皮肤无坏死", False),
    ],
)
def test_words_of_notes(rule_id: str, note: str, fired: bool) -> None:
    assert fires(note, rule_id) is fired


@pytest.mark.parametrize(
    ("note", "findings"),
    [
        ("蜂窩性組織炎", {"HP:0100658 Cellulitis"}),
        ("双肺蜂窝样改变", {"R1:0700 Honeycombing"}),
        ("糖尿病酮酸中毒", {"HP:0001953 Diabetic ketoacidosis"}),
        ("小腿抽筋", {"HP:0003394 Muscle spasm"}),
        ("全身抽筋", {"HP:0001250 Seizure"}),
        ("食管胃底静脉曲张", {"HP:0002040 Esophageal varix"}),
        ("下肢静脉曲张", {"HP:0002619 Varicose veins"}),
        ("右眼长针眼", {"R1:0129 Eyelid lump"}),
        ("前臂见多个针眼", set()),
        ("右侧听不清", {"HP:0000365 Hearing impairment"}),
        ("胎心听不清", set()),
        ("集体宿舍", {"R1:0455 Cold agglutinins, bullous myringitis or crowded living"}),
        ("宿舍内摔倒", {"R1:0150 Fall or injury"}),
        ("四肢厥冷", {"R1:0043 Cold extremity"}),
        ("反复想到死", {"HP:0031589 Suicidal ideation"}),
    ],
)
def test_what_words_mean(note: str, findings: set[str]) -> None:
    assert {code for *_, code in _BOOK.find(plain(note))} == {code_of(finding) for finding in findings}
