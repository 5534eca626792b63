"""Rules of :mod:`..red_flags` for what stops the blood within hours, in the chest or a limb. Data only.

What the fields say, and where all rules are, is told in :mod:`.`.
"""

from ..measurements import Quantity as Q
from ..red_flag_evidence import called, is_of_no_limb, is_paced, not_called
from ..red_flags import AtLeast, PatientIs, Rule, Unless, Value, all_of, any_of
from .signs import CHEST_PAIN, FAINTED, SHOCK_PRESSURE, has

_A_FEW_BEATS = r"\bNSVT|non-?\s?sustain|\bruns?\b|beats|\d[ -]?beat\b|salvo|ablat|短阵|非持续|阵发"
_SLOW = Value(Q.HEART_RATE, at_most=39)

CIRCULATION_RULES = (
    Rule(
        "cardiac-tamponade",
        ("Cardiac tamponade", "心脏压塞"),
        ("Echocardiogram at the bedside at once; pericardiocentesis", "立即床旁超声心动图；心包穿刺"),
        any_of(
            has("HP:0033415 Cardiac tamponade"),
            all_of(has("HP:0001698 Pericardial effusion", "HP:6000046 Pulsus paradoxus"), SHOCK_PRESSURE),
            all_of(
                has("R1:0222 Weak distant heart sounds"),
                has("HP:0030848 Elevated jugular venous pressure"),
                SHOCK_PRESSURE,
            ),
        ),
        "https://doi.org/10.1093/eurheartj/ehv318",
        follows=False,
    ),
    Rule(
        "tension-pneumothorax",
        ("Tension pneumothorax", "张力性气胸"),
        ("Decompress the chest at once, before any imaging", "立即胸腔减压，不等影像"),
        any_of(
            has("HP:0002107 Pneumothorax", but=not_called(r"\btension|张力")),
            all_of(has("HP:0002107 Pneumothorax"), SHOCK_PRESSURE),
            all_of(
                has(
                    "R1:0464 Tracheal deviation or absent breath sounds",
                    but=called(r"mediastin|纵隔|\bbas(?:e|al)|zone", 16),
                ),
                SHOCK_PRESSURE,
                Unless(has("HP:0002202 Pleural effusion", "R1:0223 Dullness on percussion")),
            ),
        ),
        "https://doi.org/10.1136/thx.2010.136986",
        follows=False,
    ),
    Rule(
        "acute-limb-ischemia",
        ("Acute limb ischemia", "急性肢体缺血"),
        ("Vascular surgeon at once; heparin, CT angiogram", "立即请血管外科；肝素、CT血管造影"),
        any_of(
            has("HP:0033401 Tissue ischemia", but=is_of_no_limb),
            all_of(
                has(
                    "HP:0032554 Absent pulse",
                    "HP:0031271 Absent ankle pulse",
                    but=called("weak|dimin|decreas|reduc|减弱"),
                ),
                AtLeast(
                    2,
                    (
                        has("R1:0043 Cold extremity"),
                        has("HP:0012514 Lower limb pain", "HP:0012513 Upper limb pain"),
                        has("HP:0000980 Pallor"),
                        has(
                            "HP:0003401 Paresthesia", "HP:0033748 Hypoesthesia", "HP:0007340 Lower limb muscle weakness"
                        ),
                    ),
                ),
            ),
        ),
        "https://doi.org/10.1016/j.ejvs.2019.09.006",
        follows=False,
    ),
    Rule(
        "complete-heart-block",
        ("Complete heart block or very slow heart", "完全性房室传导阻滞或极慢心率"),
        ("12-lead ECG and monitoring; pacing, potassium, medicines", "12导联心电图并监护；起搏，查血钾和用药"),
        any_of(
            has("HP:0001709 Third degree atrioventricular block", but=is_paced),
            all_of(
                Unless(Unless(_SLOW)),  # no shock without a rate is a reason to ask for it
                _SLOW,
                any_of(has("HP:0011708 Mobitz II atrioventricular block"), FAINTED, SHOCK_PRESSURE, CHEST_PAIN),
            ),
            Value(Q.HEART_RATE, at_most=30),
        ),
        "https://doi.org/10.1093/eurheartj/ehab364",
        follows=False,
    ),
    Rule(
        "ventricular-tachycardia",
        ("Dangerously fast heart rhythm", "危险的快速心律失常"),
        (
            "12-lead ECG, monitor and defibrillator; potassium, magnesium",
            "12导联心电图、监护、除颤仪备用；查血钾、血镁",
        ),
        any_of(
            has("HP:0004756 Ventricular tachycardia", but=called(_A_FEW_BEATS)),
            has("HP:0001664 Torsade de pointes", "HP:0001663 Ventricular fibrillation"),
            all_of(
                PatientIs(from_age=16),
                any_of(
                    Value(Q.HEART_RATE, at_least=200),  # faster than the sinus node of an adult
                    all_of(Value(Q.HEART_RATE, at_least=150), any_of(FAINTED, CHEST_PAIN)),
                ),
            ),
        ),
        "https://doi.org/10.1016/j.resuscitation.2021.02.010",
        follows=False,
    ),
)
