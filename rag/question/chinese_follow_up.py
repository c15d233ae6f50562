"""Makes a Chinese follow-up standalone: what it leaves out is taken from the questions before.

A pronoun gives way to what it means (它的地址是哪里？ is asked of 二户车站), a question without a
subject (又名什么？) gets it, and a new part takes the place of its counterpart (那 7742 呢？ after
7741 的最大压力是多少？). A question that needs nothing stays as it is.

Limits: Chinese is not segmented; a subject ends at the first 的, common verb or question word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.question.exchange import Exchange, find_last_centre

_VERBS = (
    "属于|隶属|位于|处于|在于|来自|分布|生活|生存|存在|出现|出生|去世|逝世|死于|成立于|建于|始建"
    "|创立|创办|发行|发布|发表|发明|发现|发出"
    "|发生|发起|爆发|开始|结束|举行|举办|召开|开通|通车|启用|包括|包含|含有|拥有|具有|获得|担任"
    "|加入|参加|参与|毕业|就读|任教|任职|演出|主演"
    "|出演|饰演|执导|编写|撰写|出版|收录|改编|改名|命名|得名|又名|又称|又叫|称为|称作|叫做|叫作"
    "|名为|名叫|采用|适用|规定|应当|应该|必须"
    "|可以|能够|允许|禁止|提供|提出|负责|供奉|反映|描写|讲述|导致|造成|引起|达到|超过|距离|试图"
    "|拥护|击败|战胜|继承|途经|经过|停靠|归类"
    "|分为|分成|划分|成为|当选|实行|推出|上映|播出|录制|签约|效力|纪念|管辖|需要|使用|设有|共有"
    "|呈现|生产|制造|建立|结婚|离婚|退役|入职|离职|上任"
)
_JOINTS = (
    "是|在|于|由|被|把|将|从|向|为|有|呈|叫|称|了|过|能|可(?!燃|再|变|转|回|调)"
    "|会(?![议员计社馆])|要(?![求素点])|用(?![户途品])"
)
_ADVERBS = (
    "目前|现在|如今|最初|最早|最近|最终|最|实际|主要|大约|大概|一般|通常|一共|总共|曾经|曾|已经|还"
    "|又|也|都|没|未|就|才|再|更|很|约|平均|至少"
    "|至多|首次|第一次|同时|真正|具体|共"
)
_ASKS = (
    "什么|哪|谁|几(?!何)|多少|多大|多长|多高|多久|多远|多重|多快|怎么|怎样|如何|为何|何时|何地"
    "|是否|能否|吗|啥"
)
_SUBJECT_END = re.compile(
    rf"的|(?:{_ADVERBS})|(?:{_VERBS})|(?:{_JOINTS})|(?:{_ASKS})|[，,？?。！!]"
)
_OPENING = re.compile(
    r"^\W*(?:那么?(?![里个些种年月天样位时儿])|还有|另外|而且|然后|此外|换成|如果是|好的?[，,]"
    r"|谢谢[，,]?|嗯[，,]?)[，,\s]*"
)
_POLITE = re.compile(r"^\W*(?:请问一下|请问|我想知道|想问一下)[，,\s]*")
_LEADING = re.compile(
    r"^(?:关于|对于|在|根据|按照|目前|现在|如今|说|列出|列举|比较|对比|总结|概括|介绍|说明|解释"
    r"|一下|所有|全部|有(?=多少|几|哪)|什么是"
    rf"|[这那两](?:[个些份篇张台]|两[个份篇张台])|(?:{_ASKS})[位个些种家座条名款部本台份张件]?)+"
)
_PERSON = re.compile(r"(?<!其)[他她](?!人)们?")
_THING = re.compile(r"它们?|(?<!极)其(?![他它中实余次])")
_CLASSES = (
    "公司|产品|设备|机器|装置|地方|城市|国家|地区|人|书|电影|作品|小说|学校|大学|合同|文件|文档"
    "|报告|论文|车站|动物|植物|物种|政策|制度|方法|模型|系统"
    "|项目|团队|组织|机构|球队|乐队|歌曲|专辑|建筑|比赛|事件|战役|疾病|药物|服务|型号|条款|规定"
    "|标准"
)
_POINTED = re.compile(
    rf"(?:这|那|该|此|上述)(?:一)?(?:个|种|款|位|家|座|台|份|项|篇|条|本|部|支|场"
    rf"|首)?(?P<noun>{_CLASSES})"
)
_PAIR = re.compile(r"前者|后者")
_ENDING = re.compile(r"呢[？?。！!\s]*$")
_BARE = re.compile(r"^\W*(为什么|为何|什么时候|何时|在?哪里|在?哪儿|怎么|如何|谁)(?:呢|啊)?\W*$")
_MORE = re.compile(
    r"^\W*请?(?:再|继续|多|详细|具体)*(?:说说|讲讲|说明|介绍|解释|展开)(?:一下|一些|一点|详细|更多"
    r"|具体|吧|说)*\W*$"
    r"|^\W*(?:继续|更多|举个?例子?|比如|例如|详细一?点|具体一?点)(?:呢|说|吧)?\W*$"
)
_SIDES = (
    "地址|位置|地点|时间|日期|年份|年代|作者|导演|主演员?|创办人|创始人|校长|院长|总裁|父亲|母亲"
    "|妻子|丈夫|儿子|女儿|性格|特点|特征|特色|祖籍|国籍|籍贯"
    "|职业|学历|面积|人口|首都|省会|体重|体长|身高|高度|长度|宽度|深度|重量|质量|体积|容量|功率"
    "|流量|压力|温度|电压|电流|速度|寿命|价格|售价|票房|费用"
    "|成本|金额|收入|利润|营业额|销售额|产量|数量|总数|颜色|形状|材料|材质|成分|食物|食性|习性"
    "|叫声|花期|花冠|花色|头部|尾部|翅膀|羽毛|名称|名字|别名|别称"
    "|英文名|全名|全称|简称|前身|总部|成员|队员|规模|结构|功能|作用|用途|目的|意义|影响|原因|结果"
    "|后果|方法|步骤|流程|条件|要求|标准|上限|下限|限额|期限"
    "|有效期|保质期|保修期|版本|型号|种类|类型|内容|主题|风格|背景|历史|起源|来源|由来|优点|缺点"
    "|优势|劣势|风险|区别|关系|定义|含义|意思|例子"
    "|负责人|电话|邮箱|网址|补助|津贴|参数量|准确率"
)
_SIDE_FIRST = re.compile(rf"^(?:第[一二三四五六七八九十\d]+大?|(?:{_ADVERBS})的?)*(?:{_SIDES})")
_SIDE_LAST = re.compile(rf"(?:{_SIDES}|[费率额价量度])$")
_TAIL = re.compile(r"(?:上限|下限|限额|标准|最大值|最小值|平均值|总额|期限|金额)$")
_ASIDE = re.compile(
    r"^(?:在|于|由|被|是(?!否)|有(?![限机关效])|又|还|也|曾|共|约|叫|距|为(?!什|何))"
)
_HAPPENED = re.compile(
    r"^(?:在|于)?(?:哪一?[年月天]|什么时候|何时|几[年月])(?:出生|去世|逝世|毕业|成立|创立|创办"
    r"|建成|建立|出版|发行"
    r"|上映|播出|推出|开通|通车|启用|退役|入职|离职|加入|结婚|离婚|开始|结束|举行|爆发|获得|当选"
    r"|担任|签约|改名)"
)
"""A time and an event without whom or what it happened to."""
_MOST_PART = 12
"""Characters that a new part has at most: longer ones are questions of their own."""
_SHORTEST_SUBJECT = 2
"""Characters of a subject at least: a single one is most often a part of a word."""


def resolve_chinese(question: str, history: Sequence[Exchange]) -> Exchange:
    """Return `question` with what it leaves out of `history` (oldest first), and its centre."""
    if not history:
        return Exchange(question, centre=find_chinese_subject(question))
    last, centre = history[-1], find_last_centre(history)
    bare = _OPENING.sub("", _POLITE.sub("", question)).strip() or question
    if _MORE.match(bare):
        return Exchange(f"介绍一下{centre}。" if centre else last.question, centre=centre)
    if asked := _BARE.match(bare):
        return Exchange(_ask_again_with(asked[1], last.question, centre), centre=centre)
    if part := _find_new_part(question, bare):
        text = _exchange_part(last.question, _replace_pronouns(part, history), centre)
        return Exchange(text, centre=centre if centre in text else find_chinese_subject(text))
    text = _replace_pronouns(bare, history)
    if text == bare:
        text = _say_of_what(bare, centre, opened=bare != question)
    if text == bare:
        return Exchange(question, centre=find_chinese_subject(question) or centre)
    own = find_chinese_subject(text)
    return Exchange(text, centre=centre if centre and centre in text else own or centre)


def find_chinese_subject(question: str) -> str:
    """Return what a question is about: what stands before its first 的, verb or question word."""
    text = _OPENING.sub("", _POLITE.sub("", question)).strip()
    if (titled := re.match(r"《[^》]+》", text)) and "收录" not in text:
        return titled[0]
    led = _LEADING.match(text)
    text = text[led.end() :] if led else text
    if led and re.search(_ASKS, led[0]):
        text = re.sub(rf"^[^的]{{0,4}}?(?:{_VERBS})+[了过]?", "", text)  # 哪位大臣拥护永昌大君
    for end in _SUBJECT_END.finditer(text):
        head = text[: end.start()].strip("“”\"' 、：:")
        if len(head) >= _SHORTEST_SUBJECT:
            return "" if _SIDE_FIRST.fullmatch(head) else head
    rest = text.strip("“”\"' 、：:")
    return rest if _SHORTEST_SUBJECT <= len(rest) <= _MOST_PART else ""


def _find_new_part(question: str, bare: str) -> str:
    """Return what a question of one part names (二类城市), "" where it is a whole question."""
    part = _ENDING.sub("", bare).strip(" \t？?。！!，,")
    marked = _ENDING.search(bare) or bare != question or bare.endswith(("？", "?"))
    if not part or not marked or len(part) > _MOST_PART or re.search(_ASKS, part):
        return ""
    if re.search(rf"^(?:{_VERBS})|是|有没有", part):
        return ""
    return part


# --- a part takes its counterpart's place ---------------------------------------------------------

_PART_CLASSES = tuple(
    re.compile(form)
    for form in (
        r"\d{4}\s?年?[第]?[一二三四1-4]季度",
        r"(?:19|20)\d\d\s?年?(?!\d)",
        r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})\s?月份?",
        r"第?[一二三四1-4]季度|[上下]半年",
        r"[去今明前]年|[上下本]个?月",
        r"第[一二三四五六七八九十\d]+[章节条期届次名个]",
        r"[A-Za-z]*\d[\w.-]*",
        r"[A-Za-z][\w.-]*(?: [A-Z][\w.-]*)*",
    )
)
"""Parts that only one of their own kind replaces: years, months, quarters, codes, Latin names."""
_SEGMENT = re.compile(
    rf"[^的，,？?。！!、]+?(?=的|[，,？?。！!、]|$|(?:是|在|有|为|能|可以|需要?)|(?:{_ADVERBS})"
    rf"|(?:{_ASKS})|(?:{_VERBS}))"
)
_PREDICATE = re.compile(rf"(?:是|有|为|在|能|可以|需要?)?(?:{_ASKS}).*$")


def _exchange_part(question: str, part: str, centre: str) -> str:
    """Return the question before with `part` in the place of its counterpart."""
    part, owner = part.removesuffix("的"), part.endswith("的")
    if part == centre:
        return question
    for pattern in _PART_CLASSES:
        if pattern.fullmatch(part.strip()) and (old := list(pattern.finditer(question))):
            return question[: old[-1].start()] + part.strip() + question[old[-1].end() :]
    if _PART_CLASSES[0].fullmatch(part) or _PART_CLASSES[1].fullmatch(part):
        place = question.find(centre) + len(centre) if centre else 0
        return question[:place] + part + question[place:]
    if centre and centre in part and (predicate := _PREDICATE.search(question)):
        return part + predicate[0]
    segments = [
        each
        for each in _SEGMENT.finditer(question)
        if len(each[0].strip()) > 1 and not re.match(_ASKS, each[0])
    ]
    if not segments:
        return part + (_PREDICATE.search(question) or [""])[0]
    counterpart = _find_counterpart(segments, part)
    alone = _SIDE_LAST.search(counterpart[0]) and not _SIDE_LAST.search(part)
    if (owner or alone) and counterpart.start() == segments[0].start() and len(segments) == 1:
        return f"{question[: counterpart.start()]}{part}的{question[counterpart.start() :]}"
    return (
        question[: counterpart.start()]
        + _keep_tail(counterpart[0], part)
        + question[counterpart.end() :]
    )


def _find_counterpart(segments: Sequence[re.Match[str]], part: str) -> re.Match[str]:
    """Return the segment that ends like `part`; else a side for a side, a thing for a thing."""
    alike = max(segments, key=lambda each: _count_common_end(each[0], part))
    if _count_common_end(alike[0], part):
        return alike
    if _SIDE_LAST.search(part):
        return next((each for each in segments if _SIDE_LAST.search(each[0])), segments[-1])
    return segments[0]


def _count_common_end(one: str, other: str) -> int:
    size = 0
    for mine, theirs in zip(reversed(one.strip()), reversed(other.strip()), strict=False):
        if mine != theirs:
            break
        size += 1
    return size


def _keep_tail(old: str, part: str) -> str:
    """Return the new part with the old one's measure: 伙食补助 for 住宿费上限 is 伙食补助上限."""
    tail = _TAIL.search(old)
    return part + tail[0] if tail and _SIDE_LAST.search(part) and not _TAIL.search(part) else part


def _ask_again_with(word: str, question: str, centre: str) -> str:
    """Return the question with another question word, or that word about the centre."""
    asked = re.sub(rf"(?:{_ASKS})(?:时候|地方)?", word, question, count=1)
    if word in {"为什么", "为何"} and (predicate := _PREDICATE.search(question)):
        head = question[: predicate.start()]
        return f"{head}{predicate[0]} {word}？" if head else f"{centre}{word}？"
    return asked if asked != question else f"{question} {word}？"


# --- pronouns and missing subjects ----------------------------------------------------------------


def _replace_pronouns(question: str, history: Sequence[Exchange]) -> str:
    """Return the question with its pronouns replaced by what they mean."""
    centre = find_last_centre(history)
    if not centre:
        return question
    if pair := _PAIR.search(question):
        named = [each for each in re.split(r"和|与|跟|还是|、", history[-1].question) if each]
        first = find_chinese_subject(f"{named[0]}的")
        second = find_chinese_subject(named[-1])
        meant = first if pair[0] == "前者" else second
        return question.replace(pair[0], meant) if len(named) > 1 and meant else question
    if _names_before(question, centre):
        return question
    text = _POINTED.sub(lambda match: _find_pointed(match["noun"], history), question)
    text = _THING.sub(lambda match: f"{centre}的" if match[0] == "其" else centre, text)
    if not _PERSON.search(text):
        return text
    asked = {each.question.strip("？? ") for each in history}
    for exchange in reversed(history):
        replaced = _PERSON.sub(exchange.centre, text)
        # Nobody asks the same twice: then another one is meant.
        if exchange.centre and replaced.strip("？? ") not in asked:
            return replaced
    return _PERSON.sub(centre, text)


def _names_before(question: str, centre: str) -> bool:
    """Return whether a question names a subject of its own before its pronoun."""
    found = _PERSON.search(question) or _THING.search(question)
    if found is None:
        return False
    before = question[: found.start()]
    return (
        centre not in before
        and bool(re.search(r"[，,。？?]", before))
        and bool(find_chinese_subject(before))
    )


def _find_pointed(noun: str, history: Sequence[Exchange]) -> str:
    """Return what 该方法 means: a name of the conversation that ends so, else the centre."""
    for exchange in reversed(history):
        if exchange.centre.endswith(noun):
            return exchange.centre
    return find_last_centre(history)


def _say_of_what(question: str, centre: str, *, opened: bool) -> str:
    """Return a question without a subject with the centre; one that names something stays."""
    if not centre or centre in question:
        return question
    if question.startswith(("（", "(")) or _ASIDE.match(question) or re.match(_VERBS, question):
        return centre + question
    if _HAPPENED.match(question):
        return centre + question
    head = find_chinese_subject(question)
    if head and centre.endswith(head):
        return question.replace(head, centre, 1)
    before = re.split(rf"{_JOINTS}|{_ASKS}", question, maxsplit=1)[0]
    sided = _SIDE_FIRST.match(question) or re.match(rf"(?:{_ADVERBS})的", question)
    if sided or (opened and "的" not in before):
        return f"{centre}的{question}"
    asks = re.search(_ASKS, question)
    named = question[: asks.start()] if asks and asks.start() else question
    return question if _NAMES_NOTHING.sub("", named) else centre + question


_NAMES_NOTHING = re.compile(
    rf"{_VERBS}|{_ASKS}|{_ADVERBS}|{_SIDES}|{_JOINTS}"
    rf"|[以与和对跟从向高低大小长多早晚新的了吗呢吧啊呀么钱]"
    r"|时候|地方|时间|\W"
)
