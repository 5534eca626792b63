"""Rules of :mod:`..red_flags` for the abdomen and the testicles. Fields: see the package docstring."""

from ..case import Sex
from ..measurements import Quantity as Q
from ..red_flag_evidence import is_unnamed_or_old_bleeding
from ..red_flags import PatientIs, Rule, Value, all_of, any_of
from .signs import BELLY_PAIN, BILIOUS, FAINTED, SHOCK_PRESSURE, has

ABDOMEN_RULES = (
    Rule(
        "acute-abdomen",
        ("Peritonitis or obstruction", "腹膜炎或肠梗阻"),
        ("Surgeon; imaging of the abdomen", "请外科；腹部影像"),
        any_of(
            has(
                "HP:0032545 Abdominal rigidity",
                "HP:0002586 Peritonitis",
                "HP:0033400 Acute abdomen",
                "R1:0653 Free air under the diaphragm",
            ),
            all_of(BELLY_PAIN, any_of(BILIOUS, has("HP:0034782 Obstipation"))),
            all_of(PatientIs(to_age=4), any_of(BILIOUS, has("R1:0020 Currant jelly stool"))),
            all_of(BELLY_PAIN, SHOCK_PRESSURE),
        ),
        "https://doi.org/10.1186/s13017-017-0141-6",
        follows=False,
    ),
    Rule(
        "gastrointestinal-bleeding",
        ("Bleeding from the gut", "消化道出血"),
        ("Blood count, blood group; endoscopy", "血常规、血型；内镜"),
        any_of(
            has("HP:0002248 Hematemesis", "HP:0032144 Coffee ground vomitus", "HP:0002249 Melena"),
            has("HP:0002239 Gastrointestinal hemorrhage", but=is_unnamed_or_old_bleeding),
            all_of(has("HP:0002573 Hematochezia"), any_of(FAINTED, SHOCK_PRESSURE, Value(Q.HEMOGLOBIN, at_most=70))),
        ),
        "https://www.nice.org.uk/guidance/cg141",
        follows=False,
    ),
    Rule(
        "testicular-torsion",
        ("Testicular torsion", "睾丸扭转"),
        ("Urologist at once", "立即请泌尿外科"),
        all_of(
            PatientIs(sex=Sex.MALE),
            has("HP:0033839 Testicular pain", "HP:0030155 Scrotal pain", "HP:0100813 Testicular torsion"),
        ),
        "https://uroweb.org/guidelines/paediatric-urology",
    ),
)
