"""Rules of :mod:`..red_flags` for the nervous system and the eye. Fields: see the package docstring."""

from ..red_flag_evidence import (
    either,
    is_chronic_or_spinal,
    is_no_new_deficit,
    is_of_facial_muscles,
    is_of_facial_nerve,
    is_weak_otherwise,
    not_called,
)
from ..red_flags import Rule, Unless, all_of, any_of
from .signs import (
    BREATHLESS,
    CAUDA_EQUINA,
    COMA,
    CONFUSED,
    FAINTED,
    FAST_BREATHING,
    FEVER,
    HEAD_INJURY,
    SMALL_OF_THE_BACK_PAIN,
    STIFF_NECK,
    VOMITING,
    has,
)

_DOSE_OF_TREATMENT = (  # of heparin, which most patients get as prophylaxis
    r"\b(?:treatment|therapeutic|full)[ -]dose|\bmg/kg|\binfusion\b|"
    r"\bfor (?:(?:an?|the|his|her|recent|acute|known) )?(?:PE|DVT|VTE|AF)\b(?! (?:proph|prev))|治疗剂?量"
)
_CLOSED_ANGLE = "R1:0703 Cloudy cornea, mid-dilated pupil or high eye pressure"

_BREATHES_OR_SWALLOWS_BADLY = any_of(BREATHLESS, FAST_BREATHING, has("HP:0002015 Dysphagia", "HP:0001283 Bulbar palsy"))

NERVOUS_SYSTEM_RULES = (
    Rule(
        "coma",
        ("Coma", "昏迷"),
        ("Airway, glucose, CT of the head; think of poisons", "保护气道，立即查血糖、头颅CT；考虑中毒"),
        COMA,
        "https://www.nice.org.uk/guidance/ng232",
        follows=False,
    ),
    Rule(
        "status-epilepticus",
        ("Status epilepticus", "癫痫持续状态"),
        ("Benzodiazepine, glucose, airway", "苯二氮䓬类药物、血糖、气道"),
        has("HP:0002133 Status epilepticus"),
        "https://doi.org/10.1111/epi.13121",
    ),
    Rule(
        "stroke",
        ("Stroke", "脑卒中"),
        ("Time last known well, CT of the head and glucose at once", "确认末次正常时间，立即头颅CT和血糖"),
        any_of(
            has(
                "HP:0010628 Facial palsy",
                "HP:0012799 Unilateral facial palsy",
                but=either(is_of_facial_nerve, is_no_new_deficit),
            ),
            has(
                "HP:0001269 Hemiparesis",
                "HP:0002301 Hemiplegia",
                "HP:0003484 Upper limb muscle weakness",
                "HP:0001350 Slurred speech",
                "HP:0001260 Dysarthria",
                "HP:0002381 Aphasia",
                "HP:0001297 Stroke",
                "HP:0001342 Cerebral hemorrhage",
                but=either(is_weak_otherwise, is_no_new_deficit),
            ),
            has("HP:0030319 Weakness of facial musculature", but=either(is_of_facial_muscles, is_no_new_deficit)),
        ),
        "https://doi.org/10.1016/S0196-0644(99)70299-4",
        checked=True,
    ),
    Rule(
        "subarachnoid-hemorrhage",
        ("Subarachnoid hemorrhage", "蛛网膜下腔出血"),
        ("CT of the head at once", "立即头颅CT"),
        any_of(
            has("HP:0030907 Thunderclap headache", "HP:0002138 Subarachnoid hemorrhage"),
            all_of(
                has("HP:0002315 Headache"),
                any_of(all_of(STIFF_NECK, Unless(FEVER)), FAINTED),  # with fever it suggests meningitis
            ),
        ),
        "https://doi.org/10.1001/jama.2013.278018",
        follows=False,
        checked=True,
    ),
    Rule(
        "intracranial-bleeding",
        ("Bleeding inside the skull", "颅内出血"),
        ("CT of the head at once; reverse anticoagulants; neurosurgeon", "立即头颅CT；逆转抗凝药；请神经外科"),
        any_of(
            has("HP:0100309 Subdural hemorrhage", "HP:0100310 Epidural hemorrhage", but=is_chronic_or_spinal),
            all_of(
                has("HP:0002170 Intracranial hemorrhage", but=is_chronic_or_spinal),
                Unless(has("HP:0001342 Cerebral hemorrhage", "HP:0002138 Subarachnoid hemorrhage")),
            ),
            all_of(
                HEAD_INJURY,
                any_of(
                    CONFUSED,
                    has("HP:0001250 Seizure", "R1:0152 Lucid interval", "R1:0186 Anticoagulant use"),
                    has("R1:0714 Heparin treatment", but=not_called(_DOSE_OF_TREATMENT, 30)),
                ),
            ),
        ),
        "https://www.nice.org.uk/guidance/ng232",
        follows=False,
    ),
    Rule(
        "cauda-equina",
        ("Cauda equina syndrome", "马尾综合征"),
        ("MRI of the spine at once", "立即脊柱磁共振"),
        any_of(
            has("R1:0087 Saddle numbness", but=not_called("cauda|马尾")),
            all_of(
                has("R1:0087 Saddle numbness", "HP:0034917 Weak anal sphincter tone"),
                has("HP:0011868 Sciatica", "HP:0000016 Urinary retention"),
            ),
            all_of(
                has("HP:0003418 Back pain"),
                has("HP:0000016 Urinary retention", "HP:0000020 Urinary incontinence"),
            ),
            all_of(SMALL_OF_THE_BACK_PAIN, has("HP:0000020 Urinary incontinence", but=not_called("失禁"))),
            all_of(
                has("HP:0003418 Back pain", "HP:0030157 Flank pain"),
                CAUDA_EQUINA,
            ),
        ),
        "https://www.nice.org.uk/guidance/ng59",
        follows=False,
    ),
    Rule(
        "acute-glaucoma",
        ("Acute angle closure", "急性闭角型青光眼"),
        ("Eye pressure; ophthalmologist at once", "测眼压；立即请眼科"),
        any_of(
            has("HP:0012109 Angle closure glaucoma", but=not_called(r"\bacute|急性")),
            all_of(
                has("HP:0200026 Ocular pain"),
                any_of(
                    has(
                        "HP:0000572 Visual loss",
                        "HP:0007663 Reduced visual acuity",
                        "HP:0000622 Blurred vision",
                        "R1:0029 Halo vision",
                        "HP:0011499 Mydriasis",
                        _CLOSED_ANGLE,
                    ),
                    VOMITING,
                ),
            ),
            all_of(has("HP:0025337 Red eye"), has("R1:0029 Halo vision", _CLOSED_ANGLE)),
        ),
        "https://doi.org/10.1016/j.ophtha.2020.10.021",
        follows=False,
    ),
    Rule(
        "neuromuscular-respiratory-failure",
        ("Weakness that reaches breathing or swallowing", "累及呼吸或吞咽的肌无力"),
        ("Vital capacity and blood gas at once; intensive care", "立即测肺活量和血气；请重症科"),
        any_of(
            has("HP:0002747 Respiratory insufficiency due to muscle weakness"),
            all_of(
                has(
                    "R1:0018 Ascending muscle weakness", "R1:0540 Descending paralysis", "HP:0003473 Fatigable weakness"
                ),
                _BREATHES_OR_SWALLOWS_BADLY,
            ),
            all_of(  # as in Guillain-Barré syndrome
                has("HP:0001284 Areflexia"),
                has("HP:0003690 Limb muscle weakness", "HP:0007340 Lower limb muscle weakness"),
                _BREATHES_OR_SWALLOWS_BADLY,
            ),
        ),
        "https://doi.org/10.1111/ene.16073",
        follows=False,
    ),
)
