"""PubMed and MEDLINE XML: citations of articles and of books, every version of the DTD since 2010.

Element names and their meaning: NLM, "PubMed DTD documentation" (PubmedArticleSet) and "MEDLINE/PubMed XML elements".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from lxml import etree

from ..core.text import Message, message, plain, squeezed
from ..papers.identifiers import dois_in, normalised_arxiv, normalised_doi, normalised_pmid, normalised_ror
from ..papers.names import named
from ..papers.record import KEYWORD_KINDS, Author, Funding, Journal, Keyword, PaperRecord, Reference, Relation, Section
from .collecting import add_affiliation, add_dois, add_identifier, add_issn, add_keywords, key_of, orcid_of
from .dates import partial_date, read_date
from .languages import guessed_language, language_code
from .markup import escaped, from_html, from_mathml, tidied
from .reading import Read, finished, shortened
from .xml_cutting import Cut, cut

_RECORDS = ("PubmedArticle", "PubmedBookArticle", "MedlineCitation", "DeleteCitation", "DeleteDocument")
_ROOTS = ("PubmedArticleSet", "MedlineCitationSet", "PubmedBookArticleSet")
_DELETIONS = ("DeleteCitation", "DeleteDocument")

# From the most telling publication type to the least: the first one a record has is what it is.
_TYPES = {
    "Retraction of Publication": "retraction", "Retraction Notice": "retraction", "Expression of Concern": "expression-of-concern",
    "Published Erratum": "correction",
    "Preprint": "preprint", "Clinical Trial Protocol": "protocol", "Meta-Analysis": "meta-analysis", "Network Meta-Analysis": "meta-analysis",
    "Systematic Review": "systematic-review", "Randomized Controlled Trial": "clinical-trial", "Controlled Clinical Trial": "clinical-trial",
    "Pragmatic Clinical Trial": "clinical-trial", "Equivalence Trial": "clinical-trial", "Adaptive Clinical Trial": "clinical-trial",
    "Clinical Trial, Phase I": "clinical-trial", "Clinical Trial, Phase II": "clinical-trial", "Clinical Trial, Phase III": "clinical-trial",
    "Clinical Trial, Phase IV": "clinical-trial", "Clinical Trial": "clinical-trial", "Randomized Controlled Trial, Veterinary": "clinical-trial",
    "Clinical Trial, Veterinary": "clinical-trial", "Case Reports": "case-report", "Review": "review", "Scoping Review": "review", "Editorial": "editorial",
    "Letter": "letter", "Comment": "comment", "News": "news", "Newspaper Article": "news", "Academic Dissertation": "thesis", "Technical Report": "report",
    "Dataset": "dataset", "Patent": "patent", "Meeting Abstract": "conference-paper", "Congress": "conference-paper", "Lecture": "conference-paper",
    "Dictionary": "reference-entry", "Web Archive": "webpage", "Journal Article": "article", "Corrected and Republished Article": "article",
    "Classical Article": "article",
}  # fmt: skip
_TYPE_ORDER = {name: n for n, name in enumerate(_TYPES)}

# What a RefType says of this record (True: this record is the FROM end).
_RELATIONS = {
    "CommentOn": ("comments-on", True), "CommentIn": ("comments-on", False), "ErratumFor": ("corrects", True), "ErratumIn": ("corrects", False),
    "RetractionOf": ("retracts", True), "RetractionIn": ("retracts", False),
    "PartialRetractionOf": ("corrects", True), "PartialRetractionIn": ("corrects", False),
    "ExpressionOfConcernFor": ("expresses-concern-about", True), "ExpressionOfConcernIn": ("expresses-concern-about", False),
    "UpdateOf": ("updates", True), "UpdateIn": ("updates", False), "RepublishedFrom": ("republishes", True), "RepublishedIn": ("republishes", False),
    "ReprintOf": ("republishes", True), "ReprintIn": ("republishes", False),
    "CorrectedandRepublishedFrom": ("republishes", True), "CorrectedandRepublishedIn": ("republishes", False),
    "RetractedandRepublishedFrom": ("republishes", True), "RetractedandRepublishedIn": ("retracts", False), "OriginalReportIn": ("supplements", True),
    "SummaryForPatientsIn": ("supplements", False), "AssociatedPublication": ("supplements", True), "AssociatedDataset": ("supplements", False),
}  # fmt: skip
_PREPRINT_SERVERS = re.compile(
    r"^(?:arxiv|biorxiv|medrxiv|chemrxiv|psyarxiv|res(?:earch)? sq(?:uare)?|ssrn|preprints|authorea|osf preprints|techrxiv)\b", re.IGNORECASE
)

_SAME = {"i": "i", "b": "b", "sub": "sub", "sup": "sup", "italic": "i", "bold": "b"}
_MATHML = "{http://www.w3.org/1998/Math/MathML}math"
# Titles that stand for none.
_NO_TITLES = frozenset(("not available", "in process citation", "title unavailable", "no title"))
_SHORT_END_PAGE = re.compile(r"\b([A-Za-z]*)([0-9]+)-([A-Za-z]*)([0-9]+)\b")
_ARTICLE_NUMBER = re.compile(r"[A-Za-z]{0,5}[0-9]{1,10}")
_REFERENCE_DATE = re.compile(r"[.?]\s+([12][0-9]{3})(?:\s+([A-Z][a-z]{2})(?:\s+([0-9]{1,2}))?)?(?=[;:.\s-]|$)")
# Words whose full stop is their own and not the sentence's.
_ABBREVIATED = ("Inc.", "Ltd.", "Corp.", "Co.", "Dept.", "Univ.", "St.", "al.")
_LICENCE_ADDRESS = re.compile(r"creativecommons\.org/(licenses/[a-z-]+|publicdomain/[a-z]+)/([0-9.]*[0-9])", re.IGNORECASE)
_LICENCE_NAME = re.compile(r"\bCC[ -]?(BY(?:-(?:NC|ND|SA))*)[ -]?([1-4]\.0)\b")
_PMID_IN_SOURCE = re.compile(rb"<PMID[^>]*>\s*([0-9]{1,9})")


def read(stream: BinaryIO) -> Iterator[Read]:
    """Every citation of the file, in order. A list of citations to delete is not obeyed; the last record before it gets a remark that says so."""
    waiting: Read | None = None
    n = 0
    for found in cut(stream, _RECORDS, _ROOTS):
        if found.element is not None and found.element.tag in _DELETIONS:
            remark = _deletion(found.element)
            if waiting is not None and waiting.record is not None:
                waiting.record.remarks.append(remark)
                continue
            n += 1
            told = Read(f"record {n}", None, remark)
        else:
            n += 1
            told = _read_one(found, n)
        if waiting is not None:
            yield waiting
        waiting = told
    if waiting is not None:
        yield waiting


def _deletion(element: etree._Element) -> Message:
    return message("the file asks for citations to be deleted (%(n)d); an import deletes nothing", n=sum(1 for _ in element.iter("PMID")))


def _read_one(found: Cut, n: int) -> Read:
    if found.element is None:
        pmid = _PMID_IN_SOURCE.search(found.source)
        return Read(f"record {n} (PMID {pmid[1].decode()})" if pmid else f"record {n}", None, found.reason)
    record = PaperRecord("pubmed")
    if found.remark:
        record.remarks.append(found.remark)
    if found.element.tag == "PubmedBookArticle":
        _put_book_article(record, found.element)
    else:
        _put_article(record, found.element)
    record.source_key = key_of(record, "pmid", "doi")
    pmid_value = record.identifier("pmid")
    return finished(f"record {n} (PMID {pmid_value})" if pmid_value else f"record {n}", record)


# -- Elements


def _children(element: etree._Element) -> dict[str, etree._Element]:
    """The first child of each name: one walk instead of a search for each."""
    found: dict[str, etree._Element] = {}
    for child in element:
        found.setdefault(str(child.tag), child)
    return found


def _text(element: etree._Element | None) -> str:
    """The words in an element, plain."""
    if element is None:
        return ""
    if len(element) == 0:
        text = element.text or ""
        # Nearly every text is clean already, and asking is far cheaper than cleaning.
        return text if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " " else squeezed(text)
    return squeezed("".join(str(part) for part in element.itertext()))


def _markup(element: etree._Element | None) -> str:
    """The words in an element as our markup."""
    if element is None:
        return ""
    text = element.text or ""
    if len(element) == 0:
        # Some publishers send their markup escaped.
        return from_html(text) if "</" in text or "&" in text else squeezed(escaped(text))
    return tidied("".join(_pieces(element)))


def _pieces(element: etree._Element) -> Iterator[str]:
    yield escaped(element.text or "")
    for child in element:
        if child.tag == _MATHML:
            yield from_mathml(etree.tostring(child, encoding="unicode", with_tail=False))
        elif child.tag == "DispFormula":
            yield " "
            yield from _pieces(child)
            yield " "
        elif tag := _SAME.get(str(child.tag)):
            yield f"<{tag}>"
            yield from _pieces(child)
            yield f"</{tag}>"
        else:
            yield from _pieces(child)
        yield escaped(child.tail or "")


def _date(element: etree._Element | None) -> str:
    if element is None:
        return ""
    parts = _children(element)
    return partial_date(_text(parts.get("Year")), _text(parts.get("Month")), _text(parts.get("Day")))


# -- Articles


def _put_article(record: PaperRecord, element: etree._Element) -> None:
    parts = _children(element)
    citation = element if element.tag == "MedlineCitation" else parts.get("MedlineCitation")
    data = parts.get("PubmedData") if citation is not element else None
    if citation is None:
        return
    found = _children(citation)
    article = found.get("Article")
    inner = _children(article) if article is not None else {}
    if pmid := _text(found.get("PMID")):
        add_identifier(record, "pmid", pmid)
    record.revised = _date(found.get("DateRevised")) or _date(found.get("DateCompleted")) or _date(found.get("DateCreated"))
    if article is not None:
        for child in article:
            if child.tag == "ELocationID":
                _put_location(record, child)
            elif child.tag == "Language" and not record.language:
                record.language = language_code(_text(child))
        _put_titles(record, inner.get("ArticleTitle"), inner.get("VernacularTitle"))
        _put_journal(record, inner.get("Journal"), found.get("MedlineJournalInfo"), article)
        _put_pages(record, inner.get("Pagination"))
        _put_abstract(record, inner.get("Abstract"))
        _put_authors(record, inner.get("AuthorList"))
        _put_funding(record, inner.get("GrantList"))
        _put_type(record, inner.get("PublicationTypeList"))
    _put_the_rest(record, citation)
    if data is not None:
        _put_pubmed_data(record, data)
    _put_open_text(record)


def _put_titles(record: PaperRecord, title: etree._Element | None, vernacular: etree._Element | None) -> None:
    """The title in the language of the paper and its English translation, which PubMed prints in brackets."""
    found, is_translated = _title(_markup(title))
    own, _ = _title(_markup(vernacular))
    language = record.language
    if own and (is_translated or not found or (language and language != "en")):
        record.title = own
        if found:
            record.titles["en"] = found
        if language and language != "en":
            record.titles[language] = own
        return
    record.title = found
    if found and (language or is_translated):
        record.titles["en" if is_translated else language] = found


def _title(markup: str) -> tuple[str, bool]:
    """The title without the full stop that PubMed puts behind every one, and whether brackets said that it is a translation."""
    found = _without_stop(markup)
    is_translated = False
    if found.startswith("[") and found.endswith("]"):
        depth = 0
        for n, character in enumerate(found):
            depth += (character == "[") - (character == "]")
            if depth == 0:
                is_translated = n == len(found) - 1
                break
        if is_translated:
            found = _without_stop(found[1:-1].strip())
    return ("" if plain(found).casefold() in _NO_TITLES else found), is_translated


def _without_stop(text: str) -> str:
    return text[:-1].rstrip() if text.endswith(".") and not text.endswith("..") else text


def _put_journal(record: PaperRecord, journal: etree._Element | None, info: etree._Element | None, article: etree._Element) -> None:
    facts = _children(info) if info is not None else {}
    found = _children(journal) if journal is not None else {}
    abbreviation = _text(found.get("ISOAbbreviation")) or _text(facts.get("MedlineTA"))
    record.journal = Journal(_text(found.get("Title")) or abbreviation, abbreviation)
    for issn in (found.get("ISSN"), facts.get("ISSNLinking")):
        add_issn(record, _text(issn))
    issue = found.get("JournalIssue")
    within = _children(issue) if issue is not None else {}
    record.volume = _text(within.get("Volume"))
    record.issue = _text(within.get("Issue"))
    _put_date(record, within.get("PubDate"), article)


def _put_date(record: PaperRecord, issue_date: etree._Element | None, article: etree._Element) -> None:
    """The date of the issue; the day it went online where the issue has only the same year or no date."""
    if issue_date is not None:
        found = _children(issue_date)
        if "MedlineDate" in found:
            record.published, record.published_label = read_date(_text(found["MedlineDate"]))
        elif "Season" in found:
            record.published, record.published_label = read_date(f"{_text(found.get('Year'))} {_text(found['Season'])}")
        else:
            record.published = _date(issue_date)
    if len(record.published) <= 4 and not record.published_label:
        online = min(filter(None, (_date(child) for child in article if child.tag == "ArticleDate")), default="")
        if online.startswith(record.published):
            record.published = online


def _put_pages(record: PaperRecord, pagination: etree._Element | None) -> None:
    if pagination is None:
        return
    found = _children(pagination)
    start, end = _text(found.get("StartPage")), _text(found.get("EndPage"))
    printed = _text(found.get("MedlinePgn"))
    record.pages = _full_range(printed or (f"{start}-{end}" if start and end and start != end else start)) or record.pages


def _full_range(pages: str) -> str:
    """Pages with a shortened end written out: "2278-88" as "2278-2288"."""

    def written_out(match: re.Match[str]) -> str:
        before, start, after, end = match.groups()
        if (after and after != before) or len(end) >= len(start):
            return match.group()
        whole = start[: -len(end)] + end
        return f"{before}{start}-{before}{whole}" if int(whole) >= int(start) else match.group()

    return _SHORT_END_PAGE.sub(written_out, pages[:200], count=1) + pages[200:]


def _put_location(record: PaperRecord, element: etree._Element) -> None:
    """A DOI, or what stands for page numbers in journals without pages. PubMed marks those that were found to be wrong."""
    if element.get("ValidYN", "Y") != "Y":
        return
    value = _text(element)
    if element.get("EIdType") == "doi":
        add_dois(record, value)
    elif arxiv := normalised_arxiv(value) if value[:5].lower() == "arxiv" else None:
        add_identifier(record, "arxiv", arxiv)
    elif not record.pages and _ARTICLE_NUMBER.fullmatch(value):
        record.pages = value


def _put_abstract(record: PaperRecord, element: etree._Element | None, language: str = "en", label: str = "") -> None:
    """PubMed's own abstract is the English one, but for some papers in other languages; others say their language."""
    if element is None:
        return
    sections: list[Section] = []
    for child in element:
        if child.tag == "AbstractText":
            html = _markup(child)
            if html:
                sections.append(Section(html, _label(child.get("Label", ""))))
        elif child.tag == "CopyrightInformation" and not record.licence:
            record.licence = _licence(_text(child))
    if label and sections and not sections[0].label:
        sections[0].label = label
    if sections and language == "en" and record.language not in ("", "en"):
        language = guessed_language(plain(max((section.html for section in sections), key=len)[:1000])) or "und"
    if sections:
        record.abstracts[language] = record.abstracts.get(language, []) + sections


def _label(text: str) -> str:
    found = squeezed(text).rstrip(":：. ")
    return "" if found.upper() in ("UNLABELLED", "ABSTRACT") else found


def _licence(text: str) -> str:
    """The address of the Creative Commons licence that a copyright line names, or ""."""
    if match := _LICENCE_ADDRESS.search(text):
        return f"https://creativecommons.org/{match[1].lower()}/{match[2]}/"
    if match := _LICENCE_NAME.search(text):
        return f"https://creativecommons.org/licenses/{match[1].lower()}/{match[2]}/"
    return ""


def _put_authors(record: PaperRecord, element: etree._Element | None, role: str = "author") -> None:
    for child in element if element is not None else ():
        if child.tag != "Author" or child.get("ValidYN", "Y") != "Y":  # a name that was printed wrong stands beside the right one
            continue
        author = Author("", role=role, is_equal=child.get("EqualContrib") == "Y")
        initials = ""
        for detail in child:
            tag = detail.tag
            if tag == "LastName":
                author.family = _text(detail)
            elif tag in ("ForeName", "FirstName"):
                author.given = _text(detail)
            elif tag == "Initials":
                initials = _text(detail)
            elif tag == "Suffix":
                author.suffix = _text(detail)
            elif tag == "CollectiveName":
                author.name, author.is_group = _text(detail), True
            elif tag == "AffiliationInfo":
                _put_affiliation(author, detail)
            elif tag == "Affiliation":  # before 2015
                add_affiliation(author, _affiliation(_text(detail)))
            elif tag == "Identifier" and detail.get("Source") == "ORCID" and not author.orcid:
                author.orcid = orcid_of(record, _text(detail))
        if not author.is_group:
            given = author.given or (" ".join(initials) if initials.isalpha() else initials)
            printed = named(author.family, given, author.suffix)
            author.name, author.family, author.given, author.other_name = printed.name, printed.family, printed.given, printed.other_name
        if author.name:
            record.authors.append(author)


def _put_affiliation(author: Author, element: etree._Element) -> None:
    name, ror = "", ""
    for child in element:
        if child.tag == "Affiliation":
            name = _text(child)
        elif child.tag == "Identifier" and child.get("Source") == "ROR":
            ror = normalised_ror(_text(child)) or ""
    add_affiliation(author, _affiliation(name), ror)


def _affiliation(text: str) -> str:
    """An affiliation without its closing full stop, so that it is the same with and without one; "U.S.A." and "Inc." keep theirs."""
    if text.endswith(".") and text[-3:-2] not in (".", " ") and not text.endswith(_ABBREVIATED):
        return text[:-1]
    return text


def _put_funding(record: PaperRecord, element: etree._Element | None) -> None:
    """Grants by the agency that gave them, in the order in which the agencies first appear."""
    agencies: dict[str, Funding] = {}
    for grant in element if element is not None else ():
        found = _children(grant)
        name = _text(found.get("Agency"))
        number = _text(found.get("GrantID"))
        if not name:
            if number:
                record.remarks.append(message("grant %(number)s names no funder; left out", number=shortened(number)))
            continue
        funding = agencies.setdefault(name, Funding(name))
        if number and number not in funding.awards:
            funding.awards.append(number)
    record.funding += agencies.values()


def _put_type(record: PaperRecord, types: Iterable[etree._Element] | None) -> None:
    found = [_text(child) for child in types if child.tag == "PublicationType"] if types is not None else []
    known = [name for name in found if name in _TYPE_ORDER]
    if not found:
        record.type = "article"
    elif known:
        record.type = _TYPES[min(known, key=_TYPE_ORDER.__getitem__)]
    if "Retracted Publication" in found and not any(r.kind == "retracts" and not r.is_from for r in record.relations):
        record.relations.append(Relation("retracts", False, note="Retracted Publication"))


# -- What articles and books have in common


def _put_the_rest(record: PaperRecord, citation: etree._Element) -> None:
    """Everything that may stand several times or far down in a citation."""
    cited: list[Reference] = []
    for child in citation:
        tag = child.tag
        if tag == "MeshHeadingList":
            _put_mesh(record, child)
        elif tag == "SupplMeshList":
            record.keywords += [Keyword(_text(name), "mesh") for name in child if _text(name)]
        elif tag == "KeywordList":
            add_keywords(record, (_text(word) for word in child), "author" if child.get("Owner", "NOTNLM") == "NOTNLM" else "subject")
        elif tag == "OtherAbstract":
            is_lay = "plain-language" in child.get("Type", "")
            _put_abstract(record, child, language_code(child.get("Language", "")) or "und", "Plain language summary" if is_lay else "")
        elif tag == "OtherID" and child.get("Source") == "NLM" and _text(child).startswith("PMC"):
            add_identifier(record, "pmcid", _text(child).split()[0])
        elif tag == "CommentsCorrectionsList":
            for correction in child:
                _put_correction(record, correction, cited)
        elif tag == "CommentsCorrections":  # before 2011, without a list around it
            _put_correction(record, child, cited)
        elif tag == "ReferenceList":
            _put_references(record, child)
        elif tag == "GrantList":  # of books
            _put_funding(record, child)
    record.keywords.sort(key=lambda keyword: KEYWORD_KINDS.index(keyword.kind))  # the authors' own first
    if not record.references:
        record.references = cited
    retracted = [r for r in record.relations if r.kind == "retracts" and not r.is_from]
    if len(retracted) > 1:  # the notice itself says more than the mark
        record.relations = [r for r in record.relations if not (r in retracted and r.note == "Retracted Publication")]


def _put_mesh(record: PaperRecord, element: etree._Element) -> None:
    """A keyword for each heading and subheading, major where either is marked as a main point."""
    for heading in element:
        term, is_major = "", False
        qualifiers: list[tuple[str, bool]] = []
        for child in heading:
            if child.tag == "DescriptorName":
                term, is_major = _text(child), child.get("MajorTopicYN") == "Y"
            elif child.tag == "QualifierName":
                qualifiers.append((_text(child), child.get("MajorTopicYN") == "Y"))
        if term:
            record.keywords += [Keyword(term, "mesh", name, is_major or is_main) for name, is_main in qualifiers or [("", False)]]


def _put_correction(record: PaperRecord, element: etree._Element, cited: list[Reference]) -> None:
    kind = element.get("RefType", "")
    found = _children(element)
    source = _text(found.get("RefSource"))
    pmid = normalised_pmid(_text(found.get("PMID"))) or ""
    doi = next(iter(dois_in(source)), "") if "10." in source else ""
    if kind == "Cites":
        cited.append(Reference(source, doi, pmid))
        return
    if kind not in _RELATIONS:
        return
    name, is_from = _RELATIONS[kind]
    if name == "updates" and is_from and record.type != "preprint" and _PREPRINT_SERVERS.match(source):
        name, is_from = "is-preprint-of", False
    elif name == "updates" and not is_from and record.type == "preprint" and not _PREPRINT_SERVERS.match(source):
        name, is_from = "is-preprint-of", True
    printed = _REFERENCE_DATE.search(source)
    on = partial_date(*printed.groups()) if printed else ""
    note = source if not kind.startswith("Partial") else f"Partial retraction: {source}"
    record.relations.append(Relation(name, is_from, doi, pmid, on=on, note=note))


def _put_pubmed_data(record: PaperRecord, data: etree._Element) -> None:
    for child in data:
        if child.tag == "ArticleIdList":
            _put_identifiers(record, child)
        elif child.tag == "ReferenceList":
            if record.references and all(not r.doi for r in record.references):
                record.references = []  # the list of the article itself says more than the marks of who cites whom
            _put_references(record, child)


def _put_identifiers(record: PaperRecord, element: etree._Element) -> None:
    for child in element:
        kind, value = child.get("IdType", "pubmed"), _text(child)
        if kind == "doi":
            add_dois(record, value)
        elif kind == "pubmed" and value not in ("", "0"):
            add_identifier(record, "pmid", value)
        elif kind == "pmc" and value:
            add_identifier(record, "pmcid", value)
        elif kind == "bookaccession" and value.startswith("NBK"):
            add_identifier(record, "url", f"https://www.ncbi.nlm.nih.gov/books/{value}/")


def _put_references(record: PaperRecord, element: etree._Element) -> None:
    for reference in element.iter("Reference"):
        made = Reference()
        for child in reference:
            if child.tag == "Citation":
                made.text = _text(child)
            elif child.tag == "ArticleIdList":
                for identifier in child:
                    kind = identifier.get("IdType")
                    if kind == "doi":
                        made.doi = made.doi or normalised_doi(_text(identifier)) or ""
                    elif kind == "pubmed":
                        made.pmid = made.pmid or normalised_pmid(_text(identifier)) or ""
        if made.text or made.doi or made.pmid:
            record.references.append(made)


def _put_open_text(record: PaperRecord) -> None:
    if pmcid := record.identifier("pmcid"):
        record.full_text_url = f"https://pmc.ncbi.nlm.nih.gov/articles/{pmcid}/"


# -- Books


def _put_book_article(record: PaperRecord, element: etree._Element) -> None:
    """A chapter, or a whole book where no chapter is named."""
    parts = _children(element)
    document = parts.get("BookDocument")
    if document is None:
        return
    found = _children(document)
    book = found.get("Book")
    about = _children(book) if book is not None else {}
    if pmid := _text(found.get("PMID")):
        add_identifier(record, "pmid", pmid)
    record.language = language_code(_text(found.get("Language")))
    record.type = "book-chapter" if _text(found.get("ArticleTitle")) else "book"
    if record.type == "book-chapter":
        _put_titles(record, found.get("ArticleTitle"), found.get("VernacularTitle"))
        record.journal = Journal(_text(about.get("BookTitle")))
        record.published = _date(found.get("ContributionDate"))
    else:
        _put_titles(record, about.get("BookTitle"), None)
        record.journal = Journal(_text(about.get("CollectionTitle")))
    publisher = about.get("Publisher")
    record.publisher = _text(_children(publisher).get("PublisherName")) if publisher is not None else ""
    record.volume = _text(about.get("Volume"))
    record.published = record.published or _date(about.get("PubDate"))
    record.revised = _date(found.get("DateRevised")) or record.published
    _put_pages(record, found.get("Pagination"))
    for child in book if book is not None else ():
        if child.tag == "Isbn":
            add_identifier(record, "isbn", _text(child))
        elif child.tag == "ELocationID":
            _put_location(record, child)
    if "ArticleIdList" in found:
        _put_identifiers(record, found["ArticleIdList"])
    _put_abstract(record, found.get("Abstract"))
    _put_book_authors(record, document, book)
    _put_the_rest(record, document)
    if "PubmedBookData" in parts:
        _put_pubmed_data(record, parts["PubmedBookData"])
    _put_open_text(record)
    record.full_text_url = record.full_text_url or record.identifier("url")


def _put_book_authors(record: PaperRecord, document: etree._Element, book: etree._Element | None) -> None:
    """The authors of the chapter before the editors of the book; the authors of the book only where there are none of a chapter."""
    lists = [child for child in document if child.tag == "AuthorList"]
    of_book = [child for child in book if child.tag == "AuthorList"] if book is not None else []
    for element in [*lists, *of_book]:
        is_editors = element.get("Type", "authors") == "editors"
        if is_editors or element in lists or not any(author.role == "author" for author in record.authors):
            _put_authors(record, element, "editor" if is_editors else "author")
