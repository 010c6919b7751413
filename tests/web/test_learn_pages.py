"""What people read, how a clinic writes its own, and the mark of what nobody reviewed."""

from __future__ import annotations

from tests.support.client import ApiClient
from tests.support.ward import Ward
from tests.web.conftest import Visit
from tests.web.test_care_pages import flat

EDIT = "/learn/calling/edit"
OWN = {
    "locale": "en",
    "title": "Call our ward",
    "body": "Call **by day**, [see](https://example.org).\r\n\r\n<script>x</script>",
    "source": "Own practice",
}
MARK = "review-mark"


def test_everybody_reads_about_the_diseases(gated: ApiClient) -> None:
    page = gated.get("/learn", headers={"accept-language": "de"})
    assert 'href="/learn/mmn"' in page.text
    assert MARK in page.text
    text = gated.get("/learn/calling", headers={"accept-language": "en"})
    assert 'href="/wrong"' in text.text
    assert "does not replace medical advice" in text.text
    assert "docs/clinical-facts.md" in text.text
    assert MARK not in text.text
    assert gated.get("/learn/cure").status_code == 404


def test_a_clinic_writes_its_own_text(visit: Visit, gated: ApiClient) -> None:
    assert visit("nurse", EDIT).status_code == 403
    assert "When to call" in visit("physician", f"{EDIT}?locale=en").text
    shown = visit("physician", EDIT, form={**OWN, "act": "preview"})
    assert "Call <b>by day</b>" in shown.text
    assert "&lt;script&gt;x&lt;/script&gt;" in shown.text
    wrong = visit("physician", EDIT, form={**OWN, "body": "[x](http://y)", "act": "preview"})
    assert (wrong.status_code, "no link" in wrong.text) == (422, True)
    without = visit("physician", EDIT, form={**OWN, "act": "save"})
    assert (without.status_code, "say why" in without.text) == (422, True)
    saved = visit("physician", EDIT, form={**OWN, "act": "save", "reason": "Our number."})
    assert (saved.status_code, saved.headers["location"]) == (303, "/learn/calling")

    own = visit("patient", "/learn/calling").text
    assert "Call our ward" in own
    assert "Written by your clinic." in own
    assert "Call our ward" in visit("patient", "/learn").text
    assert "Call our ward" not in gated.get("/learn/calling").text
    change = {**OWN, "title": "Call the ward", "act": "save", "reason": "Shorter."}
    assert visit("physician", EDIT, form={**change, "version": "7"}).status_code == 412
    assert visit("physician", EDIT, form={**change, "version": "1"}).status_code == 303
    back = {**OWN, "act": "default", "reason": "Old.", "version": "2"}
    assert visit("administrator", EDIT, form=back).status_code == 303
    assert "When to call" in visit("patient", "/learn/calling").text
    assert "Version 3" in flat(visit("patient", "/learn/calling/history?locale=en").text)


def test_a_review_takes_the_mark_away(visit: Visit, ward: Ward, gated: ApiClient) -> None:
    def reads() -> str:
        headers = {**ward.headers("patient"), "accept-language": "de"}
        return gated.get("/learn/mmn", headers=headers).text

    assert MARK in reads()
    empty = visit("physician", "/texts", form={"locale": "de", "reviewer": "x"})
    assert (empty.status_code, "choose a day" in empty.text) == (422, True)
    review = {"locale": "de", "reviewer": "Dr. Beispiel", "reviewed_on": "2026-04-01"}
    assert visit("physician", "/texts", form=review).status_code == 303
    assert MARK not in reads()
    page = visit("physician", "/texts").text
    assert "Reviewed, as the words are now." in page
    address = page.partition('action="/text-reviews/')[2].partition('"')[0]
    taken = visit("physician", f"/text-reviews/{address}", form={"reason": "Too quick."})
    assert taken.status_code == 303
    assert MARK in reads()
