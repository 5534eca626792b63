"""Findings that :mod:`.red_flags` treats differently: those that last, and those that are mostly history."""

from .codes import code_of, codes_of

LASTING = codes_of(
    "HP:0000819 Diabetes mellitus",
    "HP:0005978 Type II diabetes mellitus",
    "HP:0000822 Hypertension",
    "HP:0005112 Abdominal aortic aneurysm",
)
"""Once present they persist, however long ago they were stated."""
EVENTS = codes_of(
    "HP:0001297 Stroke",
    "HP:0002170 Intracranial hemorrhage",
    "HP:0001658 Myocardial infarction",
    "HP:0001695 Cardiac arrest",
    "HP:0033415 Cardiac tamponade",
    "HP:0001709 Third degree atrioventricular block",
    "HP:0004756 Ventricular tachycardia",
    "HP:0001664 Torsade de pointes",
    "HP:0001663 Ventricular fibrillation",
    "HP:0002204 Pulmonary embolism",
    "HP:0002625 Deep venous thrombosis",
    "HP:0002647 Aortic dissection",
    "HP:0031649 Aortic rupture",
    "HP:0033401 Tissue ischemia",
    "HP:0002107 Pneumothorax",
    "HP:0011891 Post-partum hemorrhage",
    "HP:0025328 Antepartum hemorrhage",
    "HP:0011419 Placental abruption",
    "HP:0100537 Fasciitis",
    "HP:0012109 Angle closure glaucoma",
    "HP:0002090 Pneumonia",
    "HP:0012330 Pyelonephritis",
    "R1:0735 Urinary tract infection",
    "R1:0087 Saddle numbness",  # which notes call cauda equina
    "HP:0031589 Suicidal ideation",
    "HP:5200330 Suicide behaviors",
    "HP:0100716 Self-injurious behavior",
    "R1:0485 Self-harm or unstable relationships",
    "R1:0173 Overdose of tablets",
    "R1:0175 Pesticide contact",
    "R1:0725 Methanol or antifreeze drunk",
    "R1:0736 Corrosive, battery, magnets or fuel swallowed",
    "R1:0171 Stove or engine fumes",
    "HP:0031273 Shock",
    "HP:0100806 Sepsis",
    "HP:0100845 Anaphylactic shock",
    "HP:0001287 Meningitis",
    "HP:0002133 Status epilepticus",
    "HP:0001993 Ketoacidosis",
    "HP:0100813 Testicular torsion",
    "R1:0730 Ectopic pregnancy",
    "R1:0731 Eclampsia or severe pre-eclampsia",
    "R1:0733 Septic shock",
)
"""Notes mention these mostly as history: "history of stroke" is no emergency, while "history of melena" may be one.
They also count when suspected."""
NOT_MEANT = {code_of("HP:0001278 Orthostatic hypotension"): code_of("HP:0002615 Hypotension")}
"""Finding -> implied finding that rules mean differently: a fall of the pressure on standing up is no shock."""
