"""Made-up records with the shape of real ones, the same for the same seed; as our own records, as PubMed XML and as Crossref JSON.

Lengths follow what the real files show: abstracts of some 220 words, half of them in labelled sections, two to a dozen authors with affiliations,
a third with an ORCID, references for half of the records, words as uneven in their frequency as words are.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from reviewhub.papers.record import Affiliation, Author, Funding, Journal, Keyword, PaperRecord, Reference, Section

_SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ra se ti vo wa xi ye zo bra cle dri flo gru pha tro ste spi ner min tal ric lon dex".split()
_SMALL_WORDS = "the of and in to a with for was were by that is on as from at or an between after during no both than not more we our this".split()
_HAN = "研究方法结果分析影响作用机制患者治疗模型细胞基因表达神经网络学习数据评价系统应用发展中国城市环境水土地经济政策社会教育健康材料结构性能温度"
_SECTIONS = ("Background", "Methods", "Results", "Conclusions")
_FAMILIES = "Wang Li Zhang Smith Garcia Kim Nguyen Müller Rossi Silva Kumar Sato Novák Dubois Jensen Okafor Haddad Ivanov Costa O'Brien".split()
_GIVEN = "Wei Fang Jian Maria John Anna Minh Hans Luca Ana Raj Yuki Petr Claire Lars Chidi Leila Olga Pedro Siobhán Xiaoming Elena".split()
_PLACES = "Department of Medicine|School of Physics|Institute of Ecology|Faculty of Engineering|Centre for Population Health".split("|")
_TOWNS = "Shanghai|Lisbon|Toronto|Nairobi|Osaka|Utrecht|Santiago|Chengdu|Leeds|Pune|Uppsala|Boston".split("|")


class Generator:
    """Records one after another, the same for the same seed. `first` numbers the first one, so that two generators need not overlap."""

    def __init__(self, seed: int = 1, *, first: int = 1) -> None:
        self.random = random.Random(seed)
        words = random.Random(0)
        self.words = sorted({"".join(words.choices(_SYLLABLES, k=words.randint(2, 4))) for _ in range(12_000)})
        words.shuffle(self.words)
        self.journals = [Journal(self._title(words, words.randint(2, 5)), issns=[_issn(n)]) for n in range(400)]
        self.funders = [f"{self._title(words, 2)} Foundation" for _ in range(600)]
        self.subjects = [" ".join(words.choices(self.words[:3000], k=words.randint(1, 3))) for _ in range(4_000)]
        self.number = first

    def records(self, n: int) -> Iterator[PaperRecord]:
        """The next `n` records."""
        for _ in range(n):
            yield self._record(self.number)
            self.number += 1

    def _word(self) -> str:
        # The k-th word is about 1/k as frequent as the first, as in any language.
        return self.words[min(int(self.random.paretovariate(0.8)) + self.random.randint(0, 40), len(self.words) - 1)]

    def _sentence(self, n: int) -> str:
        draw = self.random
        found = [draw.choice(_SMALL_WORDS) if draw.random() < 0.4 else self._word() for _ in range(n)]
        return f"{' '.join(found).capitalize()} ({draw.randint(1, 99)}.{draw.randint(0, 9)}%)."

    def _title(self, draw: random.Random, n: int) -> str:
        return " ".join(draw.choices(self.words, k=n)).title()

    def _han(self, n: int) -> str:
        return "".join(self.random.choices(_HAN, k=n))

    def _abstract(self) -> list[Section]:
        labels = _SECTIONS if self.random.random() < 0.5 else ("",)
        n_sentences = 12 // len(labels)
        return [Section(" ".join(self._sentence(self.random.randint(12, 24)) for _ in range(n_sentences)), label) for label in labels]

    def _place(self) -> Affiliation:
        draw = self.random
        return Affiliation(f"{draw.choice(_PLACES)}, University of {draw.choice(self.words).capitalize()}, {draw.choice(_TOWNS)}")

    def _grant(self, name: str) -> Funding:
        return Funding(name, awards=[f"{self.random.randint(1000, 9999)}-{self.random.randint(10, 99)}"])

    def _author(self, places: list[Affiliation]) -> Author:
        draw = self.random
        family = draw.choice(_FAMILIES) if draw.random() < 0.5 else draw.choice(self.words).capitalize()
        given = draw.choice(_GIVEN)
        orcid = _orcid(draw.randrange(10**10)) if draw.random() < 0.33 else ""
        return Author(f"{given} {family}", family, given, orcid=orcid, affiliations=draw.sample(places, k=min(len(places), draw.choice((1, 1, 1, 2)))))

    def _record(self, number: int) -> PaperRecord:
        draw = self.random
        places = [self._place() for _ in range(draw.randint(1, 4))]
        authors = [self._author(places) for _ in range(min(40, int(draw.lognormvariate(1.5, 0.6)) + 1))]
        title = f"{self._sentence(draw.randint(8, 16))[:-1]} {number}"
        published = f"{draw.randint(1985, 2025)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
        page = draw.randint(1, 900)
        record = PaperRecord(
            "pubmed", title, f"pmid:{30_000_000 + number}", "", draw.choice(("article",) * 8 + ("review", "case-report")), "en",
            titles={"en": title}, abstracts={"en": self._abstract()}, journal=draw.choice(self.journals), publisher=f"{draw.choice(_TOWNS)} Press",
            volume=str(draw.randint(1, 90)), issue=str(draw.randint(1, 12)), pages=f"{page}-{page + draw.randint(2, 20)}", published=published,
            identifiers={"doi": [f"10.5555/bench.{number:09}"], "pmid": [str(30_000_000 + number)]}, authors=authors,
            keywords=[Keyword(term) for term in dict.fromkeys(draw.choices(self.subjects, k=draw.randint(3, 6)))]
            + [Keyword(term, "mesh", is_major=draw.random() < 0.3) for term in dict.fromkeys(draw.choices(self.subjects[:800], k=draw.randint(4, 10)))],
            funding=[self._grant(name) for name in draw.sample(self.funders, k=draw.choice((0, 0, 1, 1, 2, 3)))],
        )  # fmt: skip
        if draw.random() < 0.5:
            record.references = [
                Reference(self._sentence(draw.randint(12, 20)), doi=f"10.5555/bench.{draw.randint(1, 100_000):09}") for _ in range(draw.randint(5, 60))
            ]
        if draw.random() < 0.06:
            record.titles["zh"] = self._han(draw.randint(12, 30))
            record.abstracts["zh"] = [Section(self._han(draw.randint(150, 400)) + "。")]
        return record


def write_jsonl(path: Path, records: Iterator[PaperRecord]) -> None:
    """Our own JSON lines."""
    with path.open("w") as file:
        for record in records:
            file.write(json.dumps(record.to_json(), ensure_ascii=False) + "\n")


def write_pubmed(path: Path, records: Iterator[PaperRecord]) -> None:
    """A PubmedArticleSet as the service sends it; gzipped when the name ends so."""
    with gzip.open(path, "wt", compresslevel=1) if path.suffix == ".gz" else path.open("w") as file:
        file.write('<?xml version="1.0" ?>\n<PubmedArticleSet>\n')
        for record in records:
            file.write(_pubmed(record))
        file.write("</PubmedArticleSet>\n")


def write_crossref(path: Path, records: Iterator[PaperRecord]) -> None:
    """One message a line, as the REST service answers."""
    with path.open("w") as file:
        for record in records:
            file.write(json.dumps({"status": "ok", "message-type": "work", "message": _crossref(record)}, ensure_ascii=False) + "\n")


def _pubmed(r: PaperRecord) -> str:
    year, month, day = r.published.split("-")
    text = "".join(f'<AbstractText Label="{s.label.upper()}">{escape(s.html)}</AbstractText>' for s in r.abstracts["en"]).replace(' Label=""', "")
    authors = "".join(
        f'<Author ValidYN="Y"><LastName>{escape(a.family)}</LastName><ForeName>{escape(a.given)}</ForeName><Initials>{a.given[0]}</Initials>'
        + (f'<Identifier Source="ORCID">{a.orcid}</Identifier>' if a.orcid else "")
        + "".join(f"<AffiliationInfo><Affiliation>{escape(f.name)}</Affiliation></AffiliationInfo>" for f in a.affiliations)
        + "</Author>"
        for a in r.authors
    )
    grants = "".join(f"<Grant><GrantID>{g.awards[0]}</GrantID><Agency>{escape(g.name)}</Agency></Grant>" for g in r.funding)
    mesh = "".join(
        f'<MeshHeading><DescriptorName MajorTopicYN="{"Y" if k.is_major else "N"}">{escape(k.term)}</DescriptorName></MeshHeading>'
        for k in r.keywords
        if k.kind == "mesh"
    )
    words = "".join(f'<Keyword MajorTopicYN="N">{escape(k.term)}</Keyword>' for k in r.keywords if k.kind == "author")
    cited = "".join(
        f'<Reference><Citation>{escape(c.text)}</Citation><ArticleIdList><ArticleId IdType="doi">{c.doi}</ArticleId></ArticleIdList></Reference>'
        for c in r.references
    )
    pmid, doi = r.identifier("pmid"), r.identifier("doi")
    kind = {"review": "Review", "case-report": "Case Reports"}.get(r.type, "Journal Article")
    other = "".join(f"<AbstractText>{s.html}</AbstractText>" for s in r.abstracts.get("zh", ()))
    chinese = f'<OtherAbstract Type="Publisher" Language="chi">{other}</OtherAbstract>' if other else ""
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID><Article PubModel="Print"><Journal>'
        f'<ISSN IssnType="Electronic">{r.journal.issns[0]}</ISSN><JournalIssue CitedMedium="Internet"><Volume>{r.volume}</Volume><Issue>{r.issue}</Issue>'
        f"<PubDate><Year>{year}</Year><Month>{month}</Month><Day>{day}</Day></PubDate></JournalIssue><Title>{escape(r.journal.name)}</Title></Journal>"
        f"<ArticleTitle>{escape(r.title)}</ArticleTitle><Pagination><MedlinePgn>{r.pages}</MedlinePgn></Pagination>"
        f'<ELocationID EIdType="doi" ValidYN="Y">{doi}</ELocationID><Abstract>{text}</Abstract><AuthorList CompleteYN="Y">{authors}</AuthorList>'
        f'<Language>eng</Language><GrantList CompleteYN="Y">{grants}</GrantList><PublicationTypeList><PublicationType UI="D016428">{kind}</PublicationType>'
        f'</PublicationTypeList></Article><MeshHeadingList>{mesh}</MeshHeadingList>{chinese}<KeywordList Owner="NOTNLM">{words}</KeywordList></MedlineCitation>'
        f'<PubmedData><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId><ArticleId IdType="doi">{doi}</ArticleId></ArticleIdList>'
        f"<ReferenceList>{cited}</ReferenceList></PubmedData></PubmedArticle>\n"
    )


def _crossref(r: PaperRecord) -> dict[str, object]:
    parts = "".join(f"<jats:sec><jats:title>{s.label}</jats:title><jats:p>{escape(s.html)}</jats:p></jats:sec>" for s in r.abstracts["en"])
    parts = parts.replace("<jats:title></jats:title>", "")
    on = {"date-parts": [[int(part) for part in r.published.split("-")]]}
    return {
        "DOI": r.identifier("doi"), "type": "journal-article", "title": [r.title], "container-title": [r.journal.name], "ISSN": r.journal.issns,
        "publisher": r.publisher, "volume": r.volume, "issue": r.issue, "page": r.pages, "language": "en",
        "published": on, "issued": on,
        "abstract": f"<jats:abstract>{parts}</jats:abstract>", "subject": [k.term for k in r.keywords if k.kind == "author"],
        "author": [
            {"given": a.given, "family": a.family, "sequence": "additional" if n else "first", "affiliation": [{"name": f.name} for f in a.affiliations]}
            | ({"ORCID": f"http://orcid.org/{a.orcid}"} if a.orcid else {})
            for n, a in enumerate(r.authors)
        ],
        "funder": [{"name": g.name, "award": g.awards} for g in r.funding],
        "reference": [{"key": str(n), "unstructured": c.text, "DOI": c.doi} for n, c in enumerate(r.references)],
    }  # fmt: skip


def _issn(number: int) -> str:
    digits = f"{9_000_000 + number:07}"
    rest = -sum(int(d) * w for d, w in zip(digits, range(8, 1, -1), strict=True)) % 11
    return f"{digits[:4]}-{digits[4:]}{'X' if rest == 10 else rest}"


def _orcid(number: int) -> str:
    digits = f"00000{number:010}"
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    whole = digits + ("X" if rest == 10 else str(rest))
    return "-".join(whole[n : n + 4] for n in range(0, 16, 4))
