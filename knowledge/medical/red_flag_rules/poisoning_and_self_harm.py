"""Rules of :mod:`..red_flags` for poisoning, self-harm and harm by others. Fields: see the package docstring."""

from ..measurements import Quantity as Q
from ..notes.emergencies.overdoses import is_no_attempt, is_not_meant, is_of_old, is_only_near
from ..red_flag_evidence import called, is_no_self_harm, not_called
from ..red_flags import AtLeast, PatientIs, Rule, Unless, Value, all_of, any_of
from .signs import CONFUSED, FAINTED, VOMITING, has

_TOXIC_ALCOHOL = r"\b(?:antifreeze|methanol|ethylene glycol|wood alcohol|wash(?:er)? fluid|moonshine)"
_DRUNK = (  # not "works with methanol"
    r"\b(?:drank|drunk|drinking|ingest(?:ed|ing|ion)|swallow(?:ed|ing)|consum(?:ed|ing)|took|taken)\b[^.,;]{0,25}"
    rf"{_TOXIC_ALCOHOL}|{_TOXIC_ALCOHOL} (?:was )?(?:drunk|ingest|swallow|consum|poison|toxicity|intoxic|overdose)|"
    "(?:误服|口服|自服|喝|饮)[^，。；]{0,8}(?:甲醇|防冻液|工业酒精|假酒)|(?:甲醇|防冻液|工业酒精|假酒)中毒"
)

_OTHERWISE_BRUISED = (  # by birth or a needle
    r"\b(?:birth|deliver\w+|ventouse|forceps|instrumental|venepuncture|venipuncture|cannula\w*|heel ?prick|injection|"
    r"vit(?:amin)? K|BCG|vaccin\w+|birth ?mark|mongolian|caput|cephal\w+)\b|产伤|产钳|吸引|抽血|穿刺|注射"
)

POISONING_AND_SELF_HARM_RULES = (
    Rule(
        "overdose",
        ("Overdose or poisoning", "药物过量或中毒"),
        (
            "Poisons centre; ECG, glucose, paracetamol level; ask whether it was meant",
            "联系中毒控制中心；心电图、血糖、对乙酰氨基酚血药浓度；询问是否有意自伤",
        ),
        any_of(
            has("R1:0173 Overdose of tablets", but=is_of_old),
            has("R1:0727 Iron tablets swallowed"),
            has("R1:0725 Methanol or antifreeze drunk", but=not_called(_DRUNK, 40)),
            has("R1:0175 Pesticide contact", but=is_only_near),
            all_of(
                has("R1:0175 Pesticide contact"),
                any_of(CONFUSED, VOMITING, has("HP:0000616 Miosis", "HP:0002307 Drooling")),
            ),
            # by opioids; a single small pupil is a nerve lesion
            all_of(
                has("HP:0000616 Miosis", but=not_called("pin|pupils|bilateral|针|双")),
                any_of(
                    Value(Q.RESPIRATORY_RATE, at_most=10),
                    has("HP:0004372 Reduced consciousness", "HP:0002329 Drowsiness"),
                    Value(Q.GCS, at_most=12),
                ),
            ),
        ),
        "https://cks.nice.org.uk/topics/poisoning-or-overdose/",
        follows=False,
    ),
    Rule(
        "swallowed-object-or-corrosive",
        ("Corrosive, battery, magnets or fuel swallowed", "吞入腐蚀物、电池、磁铁或燃油"),
        (
            "Nothing by mouth, no vomiting; X-ray now for a battery or magnets; endoscopy and poisons centre",
            "禁食，勿催吐；疑电池或磁铁立即拍片；联系内镜团队和中毒控制中心",
        ),
        has("R1:0736 Corrosive, battery, magnets or fuel swallowed", but=is_of_old),
        "https://doi.org/10.1016/j.dld.2020.07.016",  # fuel is ours
        follows=False,
    ),
    Rule(
        "carbon-monoxide-poisoning",
        ("Carbon monoxide poisoning", "一氧化碳中毒"),
        (
            "Out of the room; oxygen, carboxyhemoglobin (pulse oximetry misleads), ECG",
            "撤离现场；吸氧，查碳氧血红蛋白(脉氧不可靠)、心电图",
        ),
        any_of(
            has("R1:0171 Stove or engine fumes", but=not_called("poison|toxicity|intoxic|中毒")),
            all_of(
                has("R1:0171 Stove or engine fumes"),
                AtLeast(
                    2,
                    (
                        has("HP:0002315 Headache"),
                        any_of(VOMITING, has("HP:0002018 Nausea")),
                        any_of(CONFUSED, FAINTED),
                        has("R1:0170 Several people ill at the same place"),
                    ),
                ),
            ),
            Value(Q.CARBOXYHEMOGLOBIN, at_least=10.0),  # more than smoking causes
        ),
        "https://doi.org/10.1056/NEJMcp0808891",
        follows=False,
    ),
    Rule(
        "suicide-risk",
        ("Risk of suicide", "自杀风险"),
        ("Do not leave alone; assess the risk now", "不要让其独处；立即评估风险"),
        any_of(
            has("HP:0031589 Suicidal ideation", "HP:5200330 Suicide behaviors"),
            has("R1:0485 Self-harm or unstable relationships", but=not_called("wrists|割腕")),
            has("HP:0100716 Self-injurious behavior", but=is_no_self_harm),
            has("R1:0173 Overdose of tablets", but=is_not_meant),
            has("R1:0175 Pesticide contact", but=is_no_attempt),
        ),
        "https://www.nice.org.uk/guidance/ng225",
    ),
    Rule(
        "infant-injury",
        ("Bruise of an infant who cannot move about", "不能自行移动的婴儿有瘀伤"),
        (
            "Undress and examine; ask how; senior and child protection now",
            "脱衣检查，询问经过；立即请上级医师并启动儿童保护",
        ),
        all_of(
            # few crawl before this age, which is ours; an unknown age is not asked for: most bruises are of older ones
            Unless(PatientIs(from_age=0.5)),
            any_of(
                has("R1:0343 Injuries that suggest abuse"),
                all_of(
                    has("HP:0031364 Ecchymosis", but=called(_OTHERWISE_BRUISED, 40)),
                    Unless(has("HP:0001873 Thrombocytopenia")),
                ),
            ),
        ),
        "https://www.nice.org.uk/guidance/cg89",
        follows=False,
        checked=True,
    ),
)
