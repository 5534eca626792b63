"""Chinese words that make a finding negated, possible, past or someone else's. Data only; see :mod:`.assertion`.

A comma ends the reach of most cues, since Chinese notes list with "、" and begin a new statement after "，".
"""

from .cue_rules import Answers, Assertion, CueRule, Effect
from .marks import EMPTY, TICKED

_RELATIVE = (
    "(?:[外祖]{0,2}[祖父母]{1,2}[父母]?亲?|爸爸?|妈妈?|爷爷|奶奶|外公|外婆|姥姥|姥爷|其[父母兄弟姐妹子女]|兄弟|姐妹|"
    "哥哥?|弟弟|姐姐?|妹妹?|儿子|女儿|叔叔?|伯伯?|舅舅?|姑姑?|姨妈?|表[兄弟姐妹]|堂[兄弟姐妹]|亲属|家属|家人)"
)
_OTHER = (
    "(?:丈夫|妻子|老伴|老公|老婆|(?<=我)(?:先生|太太)|配偶|爱人|伴侣|男友|女友|同事|同学|室友|"
    "舍友|邻居|朋友|供体|供者|接触者|他人|同伴)"
)
_SEEN = "(?:见|现|闻及|触及|发现|出现|提示|显示|检出|查见|查及|扫及|引出|诉|述|伴|有|发生|报告|累及|扪及|探及)"


YES_ZH = r"(?:有的?|是的?|对)(?=\s*(?:[。，,;；]|$))"
NO_ZH = r"(?:没有?|无|否|不是?)(?=\s*(?:[。，,;；]|$))"
"""Answers that follow a question."""

_END = r"\s*(?:[。，,、;；）)\n]|$)"
_ANSWERED = r"(?=\s*(?:[。，,;；\n]|$)|\s+[\u4e00-\u9fff]{1,12}\s?[:：])"
"""After an answer in a form: its end or the next field."""
_YES, _NO, _TICKED, _EMPTY = "(?:有|是)", "(?:无|否)", f"(?:{TICKED})", f"(?:{EMPTY})"


def _chosen(chosen: str, other: str) -> str:
    """A pattern of two boxes with one ticked: "□有 √无", "有□ 无√"."""
    both = (f"{_TICKED}{chosen}", f"{_EMPTY}{other}"), (f"{chosen}{_TICKED}", f"{other}{_EMPTY}")
    orders = (rf"{a}\s?{b}" for pair in both for a, b in (pair, pair[::-1]))
    return rf"\s?[:：]?\s?(?:{'|'.join(orders)})"


_EXCLUDED = "(?:排除|除外)"
_EXCLUDED_AT_END = rf"{_EXCLUDED}(?=了?{_END}|但|后|诊断)"
_SYMPTOM = "[痛促难晕热血吐便搐适]"
_DISEASE = (  # endings of names of diseases
    "(?:(?<=[病炎癌瘤])|(?<!血症)(?<=症)|(?<=菌血症)|(?<=毒血症)|(?<=[栓梗]塞)|(?<=梗死)|(?<=夹层)|(?<=综合征)|(?<=结核)|"
    "(?<=血栓)|(?<=感染)|(?<=功能减退)|(?<=功能亢进))"
)
_ADVICE = (
    "(?:随诊|随访|(?:及时|立即|尽快|随时|立刻|马上|请|应|需)[^，。；\n]{0,6}(?:就诊|就医|复诊|来院|返院|急诊|停药))"
)
_AS_IN_BOOKS = (  # textbook signs of a disease that the patient turns out not to have
    "(?:的)?典型(?:的)?(?:临床)?(?:表现|症状)(?:为|是|有|包括)?"
    "(?=[^。；]*(?:无|不符合?|未见|没有)(?:上述|以上|此类|相应)(?:典型)?(?:表现|症状|特点|体征))"
)


def _rule(
    effect: Assertion | Effect,
    *patterns: str,
    backward: bool = False,
    reach: int = 40,
    commas: bool = False,
    answers: Answers | None = None,
    begins_list: bool = False,
) -> CueRule:
    return CueRule(effect, patterns, backward, reach, commas, spaced=False, answers=answers, begins_list=begins_list)


AT_AGE_RULES_ZH = (_rule(Assertion.HISTORICAL, r"\d{1,2}岁(?:时|那年)曾?(?:患有?|有|因|诊断为?|发生)?", reach=8),)
"""Like :data:`.cues.AT_AGE_RULES`."""

RULES_ZH = (
    _rule(
        Assertion.NEGATED,
        f"(?:均|亦|也|尚|暂|目前)?未(?:再|曾)?(?:明显)?{_SEEN}(?:明显|任何)?",
        "无(?:明显|任何|显著)?(?:的)?(?:证据|迹象|征象|表现)?",
        "没有?(?:出现|发现|任何|明显)?",
        f"不(?:再|会|曾)?(?:存在|支持|符合|合并|引起|属于|{_SEEN})",
        "不能(?:闻及|触及|扪及|探及|引出)",
        "从(?:未|无)(?:有过|出现)?",
        "未再",
        "未曾?(?=[撞磕碰摔跌])",
        "并非|不是",
        "排除(?!.{0,12}可能)",
        "除外",
        rf"(?:现?已经?|可|基本|暂)(?:予以?)?(?!{_EXCLUDED_AT_END}){_EXCLUDED}",
        "未(?:达到?|满足)(?=[^，。；]{1,16}标准)",
        "未获得?(?=[^，。；]{1,16}证据)",
        "缺乏",
    ),
    # part of many words that negate nothing: "不典型胸痛", "不洁饮食后腹泻", "非可凹性水肿"
    _rule(
        Assertion.NEGATED,
        f"不(?:再|会|曾|太|大|怎么|常|容?易|明显(?!{_END})|觉得?|感到?|像是?|似|认为是?)?",
        "非",
        reach=0,
        begins_list=True,
    ),
    # only of a medicine directly after it: "未服退热药发热不退"
    _rule(Assertion.NEGATED, "未(?:曾|再)?(?:服用?|口服|使用|应用|用)过?(?:任何)?", reach=0),
    _rule(Assertion.NEGATED, "否认(?:有|近期|任何|既往)?", reach=30, commas=True),
    _rule(
        Assertion.NEGATED,
        r"[（(]\s?(?:阴性|无|否)\s?[)）]",
        rf"(?:[:：]\s?|为)?(?:无|否认?|阴性|未见|没有){_ANSWERED}",
        rf"(?:已经?|被|可)?(?:予以)?{_EXCLUDED_AT_END}",
        rf"(?:诊断)?(?:不支持|不成立|不符合)(?={_END})",
        backward=True,
        reach=2,
    ),
    # of several signs with one answer: "克氏征、布氏征阴性"
    _rule(
        Assertion.NEGATED,
        r"(?<=征)[、及和与](?=(?:[^，。；、\s]{1,8}征[、及和与]){0,3}[^，。；、\s]{1,8}征(?:[均皆都])?为?"
        r"(?:阴性|[(（]\s?[-－—]\s?[)）]))",
        backward=True,
        reach=0,
    ),
    # in a row without colons
    _rule(
        Assertion.NEGATED,
        r"\s无(?=\s[\u4e00-\u9fff]{2,12}\s[有无]\b)",
        _chosen(_NO, _YES),
        backward=True,
        reach=0,
    ),
    _rule(Assertion.PRESENT, _chosen(_YES, _NO), backward=True, reach=0),
    _rule(
        Assertion.NEGATED,
        r"[:：]\s*(?:均|皆|都)?(?:无|没有|未见|否认|阴性)(?=\s*(?:[。；;]|$))",
        r"(?:均|皆|都)(?:无|没有|未见|否认|为?阴性)(?=\s*(?:[。,，；;]|$))",
        backward=True,
        reach=0,
        answers=Answers.LISTS,
    ),
    # not what is less marked than before: "胸痛较前不明显"
    _rule(Assertion.NEGATED, f"(?:均|皆|都|亦|也|并)?不明显(?={_END})", backward=True, reach=0, answers=Answers.LISTS),
    _rule(Assertion.NEGATED, rf"[?？]\s*{NO_ZH}", backward=True, reach=12),
    _rule(Assertion.PRESENT, rf"[?？]\s*{YES_ZH}", backward=True, reach=12),
    _rule(
        Assertion.RESOLVED,
        # not a sense that is lost: "平面以下痛觉减退"
        "(?<![不未无难没])(?<![感痛触温刺]觉)(?:已|现已|已经|均已|均|完全|基本|逐渐|自行){0,3}(?<![不未无难没])(?<![不未]完全)"
        "(?:(?<!减)退|消退|消失|缓解|痊愈|治愈|停止|好转|恢复正常|愈合|(?<=已)纠正|(?<=已)[止愈])(?=[。,，;；）)]|$|了)",
        backward=True,
        reach=4,
    ),
    _rule(
        Assertion.POSSIBLE,
        "可能(?:会)?(?:为|是|有|系|存在)?",
        "(?:疑似|高度怀疑|怀疑|疑诊|疑为|疑有|疑)",
        "考虑(?:为|系)?",
        "拟诊(?:为)?",
        f"(?:不(?:能|可)?|尚?未能?)(?:完全)?(?!{_EXCLUDED_AT_END}){_EXCLUDED}",
        "(?:需|待|以|拟|应|须)(?:进一步)?(?:排除|除外|排查|明确)",
        "(?:似|似乎|好像)(?:有|为|是)?",
        "(?:尚|目前)?不(?:清楚|确定|明确)(?:是否)?(?:有|为|存在)?",
        "是否(?:有|为|存在)?",
        "倾向(?:于)?",
        "鉴别(?:诊断)?(?:包括|考虑|有)?[:：]?",
        "(?:印象|诊断)[:：]?疑",
        "(?:与|[需应须][和跟同])(?=[^，。；:：]{1,30}鉴别)",
    ),
    _rule(
        Assertion.POSSIBLE,
        "[该此]病(?=多|常|可|典型|主要|一般|临床|起病|表现)(?![^。；]*(?:患者|病人|患儿|本例|今|目前))"
        "(?:[^，。；]{0,6}(?:表现[为是有]?|[有见]))?",
        _AS_IN_BOOKS,
        commas=True,
    ),
    _rule(Assertion.POSSIBLE, _AS_IN_BOOKS, backward=True, reach=0),
    _rule(
        Assertion.POSSIBLE,
        "待排(?:除|查)?",
        r"[(（]\s?(?:±|\+/-|[+＋][-－])\s?[)）]",
        r"[?？]",
        "(?:的)?可能(?:性)?(?:大|较大|不大|较?小)?",
        f"(?:未|不能?|尚未)(?:完全)?{_EXCLUDED_AT_END}",
        "(?:诊断)?(?:依据|证据)不足",
        "待(?:除外|明确)",
        # for a symptom, only the cause is unknown
        f"{_DISEASE}待[查诊]",
        backward=True,
        reach=2,
    ),
    _rule(
        Assertion.HYPOTHETICAL,
        "(?:如果|如|若|假如|一旦|倘若|万一)(?:再|果)?(?:有|出现|发生|发现)?",
        "(?<!考虑)可能会?(?:出现|发生|引起|导致|诱发|造成|并发)(?!了)",
        "(?:预防|防止|避免|警惕|防范|防(?=跌|坠|误吸|窒息|压疮|自杀|自伤|感染|血栓|走失))",
        "(?:注意)?(?:观察|监测)(?:有无|是否)?(?:出现)?",
        "有无",
        "(?:禁止?|忌|勿)(?=饮酒|吸烟)",
        "目标",
        "(?:存在|有)(?=.{1,8}(?:的)?风险)",
        "(?:(?:告知|交代|说明|可能|潜在)[^。，；]{0,8}(?:风险|并发症|意外)|(?:手术|麻醉)(?:风险|意外))(?:包括|有|如|为)?[:：、]?",
        "筛查",
    ),
    _rule(
        Assertion.HYPOTHETICAL,
        rf"(?:如果?|若|假如|一旦|倘若|万一)(?=[^。；\n]{{1,80}}{_ADVICE})(?:再|果)?(?:有|出现|发生|发现)?",
        commas=True,
    ),
    _rule(
        Assertion.HYPOTHETICAL,
        rf"(?<={_SYMPTOM})随诊(?={_END})",
        backward=True,
        reach=0,
        answers=Answers.LISTS,
    ),
    _rule(Assertion.HYPOTHETICAL, "(?:宣教|(?:自评)?量表|两对半|疫苗)", backward=True, reach=0),
    _rule(
        Assertion.HYPOTHETICAL,
        "(?:的)?(?:高)?(?:风险|危险)",
        "(?:筛查|预防|预案|评估)",
        "(?:时|后)(?=.{0,4}(?:必要|就诊|就医|来院|停药))",
        # an order, not something taken in vain
        "时(?=.{0,4}(?:服用|使用|口服|吸入))(?![^。；;]*(?:缓解|好转|减轻|无效))",
        "时(?=(?:舌下)?含服(?:[。；;）)]|$))",
        backward=True,
        reach=1,
    ),
    _rule(
        Assertion.HISTORICAL,
        "既往(?:有|曾有|患有|患|诊断)?",
        "(?:曾|曾经)(?:有|患|患有|行|诊断为?|因)?",
        "(?:幼时|幼年|儿时|童年|儿童期|小时候|年轻时|早年)(?:患|有|曾)?",
        r"(?:\d{4}|去|前)年(?:\d{1,2}月|[春夏秋冬][天季])?(?:曾因?|患|因|诊断|发生|行|做)",
        r"(?:19|20)\d\d年(?:\d{1,2}月)?(?=[^，。；\d]{2,8}(?:手术|切除|术(?!后\d)))",
        "[一二两三四五六七八九十几数0-9]+余?年前曾?(?:患有?|因|诊断|行|有)?",
        "陈旧性?",
    ),
    *AT_AGE_RULES_ZH,
    _rule(
        Assertion.HISTORICAL, r"(?:于|在)?(?:19|20)\d\d年(?:\d{1,2}月)?(?:已?行|做过?)?手?术", backward=True, reach=0
    ),
    # when it happened: "脑梗死2012年"
    _rule(
        Assertion.HISTORICAL,
        r"(?<=[梗死塞中风血癌折瘤])[(（]?(?:19|20)\d\d年(?:\d{1,2}月)?(?=\s*(?:[，,。；;、）)\n]|$))",
        backward=True,
        reach=0,
    ),
    _rule(Assertion.HISTORICAL, "(?:病史|史)(?!.{0,2}(?:否认|无))", backward=True, reach=1),
    _rule(
        Assertion.FAMILY,
        _RELATIVE,
        "家族(?:中|史)?(?:有|无|否认)?",
        commas=True,
    ),
    _rule(Assertion.FAMILY, "家族(?:史|性)", backward=True, reach=2),
    _rule(Assertion.OTHER_PERSON, _OTHER, commas=True),
    _rule(
        Effect.NOTHING,
        f"(?:{_RELATIVE}|{_OTHER}|患者家属)(?=.{{0,3}}(?:代诉|代述|诉|述|称|发现|告知|陪同|送|反映|目击|看[见到]|呼叫|拨打|背|搀扶|"
        "[给喂][孩宝患其他她]|[带抱](?:[其他她患孩来至到入送往])))",
        # whose medicine it was: "误服奶奶降压药，嗜睡"
        f"(?:{_RELATIVE}|{_OTHER})的?(?=[^，。；、\\n患有因服吃用给喂]{{0,6}}药)",
        # "妈妈：抽搐6分钟"
        rf"(?:{_RELATIVE}|{_OTHER})[:：](?![^。；\n]{{0,40}}(?:[也亦]|同样|岁|去世|病故|死|阳性|确诊))"
        r"(?=[^。；\n]{0,40}(?:\d(?:分钟|小时|天)(?!前)|[今昨][日天晨晚早]))",
        f"[与和跟同](?:{_RELATIVE}|{_OTHER})(?=.{{0,3}}(?:争|吵|口角|打架|矛盾|冲突|纠纷|不[和睦合]|生气|分手|离婚|同住|共?同?[聚进]餐|一起|外出))",
        # who is only told: "告知家属", "向家属交代"
        f"(?:告知|告诉|通知|联系|叮?嘱|[向与和跟](?=[^，。；]{{2,6}}(?:交代|说明|解释|告知|沟通)))(?:患者|患儿|其)?"
        f"(?:{_RELATIVE}|{_OTHER}|家长)",
        "考虑(?=[^，。；与和]{2,12}[与和][^，。；]{1,24}(?:有关|相关))",
        f"[被遭](?:{_RELATIVE}|{_OTHER})(?=.{{0,3}}(?:打|殴|踢|砍|刺|捅|推|撞|咬|掐|伤|骂|责))",
        "(?:较(?:前|昨日?)|稍|略|有所|部分)(?:明显|有所|稍|略)?(?:好转|缓解|减轻|改善|消退|恢复)",
        "(?:无|未见|没有|未|不见)(?:明显)?(?:好转|缓解|改善|变化|减轻|加重|控制|诱因|治疗|消退|愈合)",
        # in a delusion: "邻居在其饭菜里下毒"
        f"(?:{_RELATIVE}|{_OTHER})(?=[^，。；;\\n]{{0,12}}(?:下毒|投毒|监视|跟踪|议论|陷害|谋害|[要想加在]害))",
        "不规律(?=宫缩)",
        "(?:没有?|无)(?:力|菌|法|痛性|食欲(?!减退|下降|不振|不佳|欠佳|差|[亢增])|胃口|精神|脉搏|应答|反应|"
        "尿(?=[\\d一二两三四五六七八九十半、，,。；;]|$)|汗(?=[、，,。；;]|$)|"
        "(?:肛门)?(?:排便|排气|大便)(?=[\\d一二两三四五六七八九十、，,。；;和及]|$))",
        "如(?:下|上|前|厕)",
        "如(?=[刀针锥火电雷][^，。；、]{0,2}[样状般割刺劈烧灼击])",  # what pain is like
        "除此之?外",
        "有无(?=力)",
        "(?:不[易能]|难以|无力)(?=[咳排])",
        "可疑(?=.{0,2}食物)",
    ),
    _rule(Effect.PATIENT, "患者(?:本人)?", "病人", "患儿", "本人", "产妇", "(?<![亲妈爸哥姐弟妹夫妻])自己"),
    _rule(Effect.STOP_NEGATION, "[，,](?:突|骤|急性起)", r"[，,](?=[^，,。；;]{0,20}\d(?!型))"),
    _rule(Effect.STOP_NEGATION, "[，,](?=对(?![^，,。；;]{0,12}[无否没不未])[^，,。；;]{1,30}过敏)", commas=True),
    _rule(
        Effect.STOP,
        "(?<![未不无])(?:伴(?:有|随)?|诉|自觉)",
        "(?<![未不没从])有(?!无)",
        "(?<![未不])(?:可见|提示|示|确诊)",
        "(?:(?<![出发呈表])现|今|目前|近日|近期)(?!病史)",
        "因",
        "而是",
    ),
    _rule(Effect.STOP_ALL, "但(?:是)?", "然(?:而|后)?", "不过", "只是", "除外$"),
)
