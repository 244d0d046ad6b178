"""Chinese names in Latin letters: pinyin with its freedoms, and as weaker evidence Wade-Giles, Cantonese and other habits. Pure.

Sources: GB/T 28039 (names in pinyin), ISO 7098 (ü as v, yu or u in machines); readings of surnames that differ from the common reading, from 通用规范汉字字典.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, product

from ..core.text import folded

_FINALS = {
    "b": "a o ai ei ao an en ang eng i ie iao ian in ing u", "p": "a o ai ei ao ou an en ang eng i ie iao ian in ing u",
    "m": "a o e ai ei ao ou an en ang eng i ie iao iu ian in ing u", "f": "a o ei ou an en ang eng u",
    "d": "a e ai ei ao ou an en ang eng ong i ie iao iu ian ing u uo ui uan un", "t": "a e ai ao ou an ang eng ong i ie iao ian ing u uo ui uan un",
    "n": "a e ai ei ao ou an en ang eng ong i ie iao iu ian in iang ing u uo uan ue",
    "l": "a o e ai ei ao ou an ang eng ong i ia ie iao iu ian in iang ing u uo uan un ue",
    "g": "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang", "k": "a e ai ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "h": "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang", "j": "i ia ie iao iu ian in iang ing iong u ue uan un",
    "q": "i ia ie iao iu ian in iang ing iong u ue uan un", "x": "i ia ie iao iu ian in iang ing iong u ue uan un",
    "zh": "a e ai ei ao ou an en ang eng ong i u ua uo uai ui uan un uang", "ch": "a e ai ao ou an en ang eng ong i u ua uo uai ui uan un uang",
    "sh": "a e ai ei ao ou an en ang eng i u ua uo uai ui uan un uang", "r": "e ao ou an en ang eng ong i u ua uo ui uan un",
    "z": "a e ai ei ao ou an en ang eng ong i u uo ui uan un", "c": "a e ai ao ou an en ang eng ong i u uo ui uan un",
    "s": "a e ai ao ou an en ang eng ong i u uo ui uan un", "y": "a e ao ou an ang i in ing o ong u ue uan un", "w": "a o ai ei an en ang eng u",
    "": "a ai an ang ao e ei en eng er o ou",
}  # fmt: skip
SYLLABLES = frozenset(initial + final for initial, finals in _FINALS.items() for final in finals.split())
_LONGEST_SYLLABLE = max(map(len, SYLLABLES))
# ü after l and n, as passports, machines and Germans write it.
_UMLAUT = {"lv": "lu", "nv": "nu", "lyu": "lu", "nyu": "nu", "lve": "lue", "nve": "nue", "lyue": "lue", "nyue": "nue"}


def _table(text: str) -> dict[str, frozenset[str]]:
    return {name: frozenset(meant.split()) for name, meant in (line.split(": ") for line in text.split("|"))}


# Characters whose reading as a surname is not their common one. The first reading is the usual one.
_SURNAME_READING_WORDS = (
    "单: shan|單: shan|曾: zeng|区: ou|區: ou|仇: qiu|解: xie|查: zha|朴: piao pu|盖: ge gai|蓋: ge gai|覃: qin tan|乐: yue le|樂: yue le|"
    "翟: zhai di|缪: miao|繆: miao|任: ren|宁: ning|甯: ning|折: she|黑: he|员: yun|員: yun|冼: xian|洗: xian|召: shao|种: chong|繁: po|"
    "逄: pang|隗: kui wei|郇: xun huan|秘: bi|葛: ge|尹: yin|燕: yan|应: ying|應: ying|华: hua|華: hua|纪: ji|紀: ji|那: na|哈: ha|柏: bai bo|"
    "重: chong|于: yu|余: yu|卜: bu|车: che|車: che|佴: nai|幺: yao|邢: xing|阚: kan|闞: kan|冯: feng|馮: feng|沈: shen|瀋: shen|石: shi|"
    "贾: jia|賈: jia|万: wan|尉: wei yu|乜: nie mie|适: kuo|过: guo|過: guo|句: gou|撒: sa|晟: cheng sheng|谌: chen shen|諶: chen shen|"
    "薄: bo|能: nai|澹: tan|祭: zhai|尉迟: yuchi|尉遲: yuchi|万俟: moqi|长孙: zhangsun|長孫: zhangsun|令狐: linghu|澹台: tantai|澹臺: tantai|"
    "单于: chanyu|單于: chanyu|鲜于: xianyu|鮮于: xianyu|乐正: yuezheng|樂正: yuezheng|亓官: qiguan|宰父: zaifu"
)
_SURNAME_READINGS = dict(line.split(": ") for line in _SURNAME_READING_WORDS.split("|"))
# Characters of names that were simplified, so that one name in both writings is one name.
_TRADITIONAL = (
    "張陳劉楊趙黃吳孫馬鄭許韓馮鄧葉蘇盧蔣賈閻鍾鐘譚陸範鄒龍龔萬錢湯賴喬賀聶嚴譽羅蕭顧諸歐陽齊莊勞齡關倪侶嶽藍費單華應紀車畢連鬱榮饒溫麥蘭賓權邊"
    "偉麗國軍強傑濤飛輝鵬紅鳳雲靜潔穎瑩慶寧東曉興學義勝衛剛亞維鈞銘錦鋒銳豔婭嬌鑾鑑鐵銀鴻鷹鶴龐顏韻貴賢贊達遠運適選遙鄺釗鈺錚鎮長開閔聞陰隨雙難電"
    "雋霽韜順頌頤飄騰驍驕魯鮑麟黨齊龜嵐峰島嶺帥師彥徹恆悅惠愛慮憶懷戀戰挺揚換揮損搖撫擇擁據數敏斬斷時晉暉曄會東條極樂樓樞橋橫檢歡歲歸氣漢沖決"
    "況涼淚淨淵渙滄滅滾滿漁漸潤澤濱濟瀾灣灤為無煉煥熾燁燈營爾狀獅獎獻玨現珺環璽瓊產畫異疊癒盛監盤眾睞矯碩確禎禮禪稅種稱穀積穩窮競筆箏節簡籌糧純"
    "紗紋納紓級素細紳組結給絡統絲經綜綠綱網綵綸綺綿緒緣編緩縣總績織繪繼續纖羅羨習聖聲聰職聯腦膽臨舊艦藝藥蓮薩蘊處號虛蟬裏補裕製複見規視覺覽觀訊"
    "記訓託訪設詠評詞詩話該詳誌認誠誼諒論諾謀謙講謝證識譜警議護讀變讓豐貝貞負財責買貸賀資賜賞質賴"
)
_SIMPLIFIED = (
    "张陈刘杨赵黄吴孙马郑许韩冯邓叶苏卢蒋贾阎钟钟谭陆范邹龙龚万钱汤赖乔贺聂严誉罗萧顾诸欧阳齐庄劳龄关倪侣岳蓝费单华应纪车毕连郁荣饶温麦兰宾权边"
    "伟丽国军强杰涛飞辉鹏红凤云静洁颖莹庆宁东晓兴学义胜卫刚亚维钧铭锦锋锐艳娅娇銮鉴铁银鸿鹰鹤庞颜韵贵贤赞达远运适选遥邝钊钰铮镇长开闵闻阴随双难电"
    "隽霁韬顺颂颐飘腾骁骄鲁鲍麟党齐龟岚峰岛岭帅师彦彻恒悦惠爱虑忆怀恋战挺扬换挥损摇抚择拥据数敏斩断时晋晖晔会东条极乐楼枢桥横检欢岁归气汉冲决"
    "况凉泪净渊涣沧灭滚满渔渐润泽滨济澜湾滦为无炼焕炽烨灯营尔状狮奖献珏现珺环玺琼产画异叠愈盛监盘众睐矫硕确祯礼禅税种称谷积稳穷竞笔筝节简筹粮纯"
    "纱纹纳纾级素细绅组结给络统丝经综绿纲网彩纶绮绵绪缘编缓县总绩织绘继续纤罗羡习圣声聪职联脑胆临旧舰艺药莲萨蕴处号虚蝉里补裕制复见规视觉览观讯"
    "记训托访设咏评词诗话该详志认诚谊谅论诺谋谦讲谢证识谱警议护读变让丰贝贞负财责买贷贺资赐赏质赖"
)
_TO_SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)

# Surnames as Hong Kong, Taiwan, Singapore and Korea print them: which pinyin surnames each may stand for.
_ROMANISED_SURNAMES_WORDS = (
    "wong: huang wang|chan: chen|cheung: zhang|lee: li|lei: li lei|leung: liang|lau: liu|low: liu luo|ng: wu huang|chow: zhou|chou: zhou|chau: zhou|"
    "chu: zhu chu|kwok: guo|kuo: guo|ho: he|hui: xu|hsu: xu|tsui: xu cui|yeung: yang|young: yang|tang: deng tang|tse: xie|hsieh: xie|lam: lin lan|"
    "lim: lin|tam: tan|tan: chen tan|yip: ye|yeh: ye|so: su|lo: luo lu|law: luo|loh: luo|mak: mai|fung: feng|yuen: yuan ruan|yung: rong weng|"
    "choi: cai xu|choy: cai|tsai: cai|chua: cai|cheng: zheng cheng|teh: zheng|tay: zheng|chung: zhong|poon: pan|pun: pan|kwan: guan|kwong: kuang|"
    "lui: lu lei|lu: lu|siu: xiao|hsiao: xiao|kong: jiang kong|chiang: jiang|keung: jiang|tsang: zeng|tseng: zeng|chang: zhang chang|chao: zhao|"
    "chiu: zhao qiu|chin: qian jin|chien: jian qian|sit: xue|hsueh: xue|shum: shen|sham: shen cen|lai: li lai|liew: liu|liao: liao|liu: liu|ma: ma|"
    "mok: mo|wu: wu hu|woo: hu wu|hu: hu|yau: qiu you|yiu: yao|yu: yu|yee: yu yi|yim: yan|yan: yan zhen|sun: sun|suen: sun|shen: shen|sung: song|"
    "soong: song|tung: dong tong|tsao: cao|cho: cao zhuo|ko: ge gao ke|kao: gao|ku: gu|koo: gu|kan: jian gan|kuan: guan|pai: bai|pak: bai|peng: peng|"
    "pang: peng pang|ting: ding|tien: tian|tin: tian|ou: ou|au: ou|auyeung: ouyang|aw: ou hu|goh: wu|gan: yan|ong: wang|heng: wang|khoo: qiu|"
    "koh: xu gao|lye: lai li|ooi: huang|wee: huang|oei: huang|sim: shen|sng: sun|teo: zhang|teoh: zhang|tiong: zhang|toh: du zhuo|yap: ye|yeo: yang|"
    "yong: yang|szeto: situ|sze: shi|shih: shi|chia: xie jia|chen: chen zhen|jen: ren|jung: rong zheng|jou: rou|hou: hou|hung: hong xiong kong|"
    "hwang: huang|whang: huang|kang: jiang kang|kim: jin|gim: jin|park: piao|bak: piao|pyo: biao|yi: li|rhee: li|ree: li|choe: cui|jeong: zheng|"
    "joung: zheng|gang: jiang|jo: cao zhao|yoon: yin|yun: yin|jang: zhang|im: lin ren|rim: lin|shin: shen xin|oh: wu|seo: xu|suh: xu|kwon: quan|"
    "gwon: quan|ahn: an|an: an|moon: wen|bae: pei|baek: bai|paik: bai|nam: nan|noh: lu|roh: lu|ryu: liu|yoo: liu yu|you: liu you"
)
_ROMANISED_SURNAMES = _table(_ROMANISED_SURNAMES_WORDS)
# Syllables of Cantonese given names as Hong Kong prints them.
_CANTONESE_WORDS = (
    "siu: xiao shao zhao|wai: wei hui huai|kin: jian|wing: yong rong ying|chi: zhi zi chi ci|kwok: guo|man: wen min man|ho: hao he ke|"
    "yan: ren xin yin en yan|ka: jia|ling: ling ning|fung: feng|lok: le luo|hung: hong xiong kong|keung: qiang|yuk: yu xu|sau: xiu shou|kit: jie|"
    "tak: de|tin: tian|tsz: zi|hoi: hai kai|yee: yi er|yi: yi er|pui: pei|chun: jun zhen qin chun|sum: sen xin|lai: li|wah: hua|wa: hua|"
    "yin: yan xian ying xian|on: an|kei: qi ji|ki: qi ji|kam: jin gan|yu: yu ru|yiu: yao|shing: cheng sheng|sing: cheng sheng xing|ming: ming|"
    "wan: yun yin|mei: mei|may: mei|suk: shu|lam: lin lan|chung: zhong cong|cheung: zhang xiang chang|hei: xi qi|hin: xian xuan qian|kwong: guang|"
    "kai: qi jie kai|kwan: jun kun guan|lun: lun lin|leung: liang|long: lang|lung: long|nga: ya|ngai: yi wei|oi: ai|po: bao bo|pik: bi|ping: ping bing|"
    "sheung: shang shuang|shan: shan|sze: si shi|shuk: shu|sin: xian shan|tai: da tai di|tat: da|tung: dong tong|ting: ting ding|yeung: yang|"
    "yat: yi ri|yuen: yuan wan|yun: run|yung: rong yong|kwai: gui kui|chiu: chao zhao|ching: qing zheng cheng jing|cho: chu zuo|fai: hui|fan: fen fan|"
    "fong: fang|fu: fu|hang: heng xing|hon: han|king: jing qiong|ko: gao|kong: jiang gang|lap: li|lik: li|mo: wu mu|mun: min men|nam: nan|pak: bai bo|"
    "pong: bang|sang: sheng|shun: shun chun|tong: tang tong|tsun: jun zun|wang: hong heng|wo: he|wu: hu|yau: you|yim: yan|ying: ying"
)
_CANTONESE = _table(_CANTONESE_WORDS)
# A word of letters can be cut into syllables in several ways ("xian", "fangan"); names have no more.
_MOST_CUTS = 12
_MOST_READINGS = 24


_WADE_GILES_WHOLE_WORDS = (
    "zi: tzu|ci: tzu|si: ssu|zhi: chih|chi: chih|shi: shih|ri: jih|er: erh|e: o|ge: ko|ke: ko|he: ho|yi: i|you: yu|yong: yung|yan: yen|ye: yeh|"
    "yue: yueh|gui: kuei|kui: kuei|guo: kuo|kuo: kuo|huo: huo|shuo: shuo"
)
_WADE_GILES_WHOLE = dict(line.split(": ") for line in _WADE_GILES_WHOLE_WORDS.split("|"))


def _wade_giles(syllable: str) -> str:
    """A pinyin syllable as Wade-Giles writes it, without its apostrophe, which prints lose."""
    if syllable in _WADE_GILES_WHOLE:
        return _WADE_GILES_WHOLE[syllable]
    match = re.fullmatch("(zh|ch|sh|[bpmfdtnlgkhjqxzcsryw]?)(.+)", syllable)
    assert match is not None
    initial, final = match.groups()
    final = {"ong": "ung", "ian": "ien", "ie": "ieh", "ue": "ueh", "iong": "iung", "uo": "o"}.get(final, final)
    initials = {"b": "p", "d": "t", "g": "k", "z": "ts", "c": "ts", "zh": "ch", "j": "ch", "q": "ch", "x": "hs", "r": "j"}
    return initials.get(initial, initial) + final


_WADE_GILES: dict[str, frozenset[str]] = {}
for _syllable in sorted(SYLLABLES):
    _WADE_GILES[_wade_giles(_syllable)] = _WADE_GILES.get(_wade_giles(_syllable), frozenset()) | {_syllable}


def simplified(name: str) -> str:
    """A name in Han with the characters of names that were simplified in their simplified form."""
    return name.translate(_TO_SIMPLIFIED)


def without_umlaut(word: str) -> str:
    """A folded syllable of pinyin with ü written as u: "lv", "lyu" and "lu" alike. Other words stay as they are."""
    return _UMLAUT.get(word, word)


@lru_cache(maxsize=20_000)
def cuts(word: str) -> tuple[tuple[str, ...], ...]:
    """The ways in which a folded word without blanks is made of pinyin syllables; empty when it is not."""
    if not word.isascii() or not word.isalpha() or len(word) > 24:
        return ()
    found: list[tuple[str, ...]] = []

    def go(start: int, before: tuple[str, ...]) -> None:
        if len(found) >= _MOST_CUTS:
            return
        if start == len(word):
            found.append(before)
            return
        for end in range(min(len(word), start + _LONGEST_SYLLABLE), start, -1):
            syllable = without_umlaut(word[start:end])
            if syllable in SYLLABLES:
                go(end, (*before, syllable))

    go(0, ())
    return tuple(sorted(found, key=len))


def is_pinyin_surname(word: str) -> bool:
    """Whether a folded word can be a Chinese surname in pinyin: one syllable, or one of the double surnames."""
    return without_umlaut(word) in SYLLABLES or word in _double_surnames()


@lru_cache(maxsize=20_000)
def readings(family: str, given: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Pinyin of a name in Han, ü as u, without tones: pairs of family name and syllables of the given name, the usual reading first."""
    families = _SURNAME_READINGS.get(family, "").split() or ["".join(one) for one in _spoken(family)]
    return tuple(islice(((f, g) for g in _spoken(given) for f in map(without_umlaut, families)), _MOST_READINGS))


def pinyin_of_surname(romanised: str) -> frozenset[str]:
    """The pinyin surnames that a folded surname may be in another way of writing: Wade-Giles, Cantonese, Hokkien, Korean. Empty when none."""
    return frozenset(map(without_umlaut, _ROMANISED_SURNAMES.get(romanised, ()))) | _WADE_GILES.get(romanised, frozenset())


def is_otherwise_romanised(syllable: str, pinyin: str) -> bool:
    """Whether a syllable of a given name can be this one of pinyin in Wade-Giles or Cantonese."""
    return pinyin in _WADE_GILES.get(syllable, ()) or pinyin in _CANTONESE.get(syllable, ())


@lru_cache(maxsize=5_000)
def otherwise_romanised(pinyin: str, *, is_surname: bool = False) -> frozenset[str]:
    """The ways in which a syllable of pinyin is written in Wade-Giles, Cantonese or, of surnames, other habits."""
    tables = (_WADE_GILES, _ROMANISED_SURNAMES if is_surname else _CANTONESE)
    return frozenset(name for table in tables for name, meant in table.items() if pinyin in meant)


@lru_cache(maxsize=1)
def _double_surnames() -> frozenset[str]:
    from .names import DOUBLE_SURNAMES  # noqa: PLC0415 - names knows this module by way of the keys of namesakes

    han = [one for one in DOUBLE_SURNAMES if "\u3400" <= one[0] <= "\u9fff"]
    return frozenset(without_umlaut(_SURNAME_READINGS.get(one) or "".join(_spoken(one)[0])) for one in han)


def _spoken(han: str) -> list[tuple[str, ...]]:
    if not han:
        return [()]
    from pypinyin import Style, pinyin  # noqa: PLC0415 - reading its dictionary takes 0.15 s, and most processes never meet a name in Han

    each = pinyin(han, style=Style.NORMAL, heteronym=True)
    return [tuple(without_umlaut(folded(s)) for s in one) for one in islice(product(*each), _MOST_READINGS)]
