"""The product catalogue: every brand with what is known of it, and how well it is known.

Data, no behaviour. A missing figure is None or an empty tuple, never a guess. Labels change: every
figure must be compared with the current label before anybody relies on it.
"""

from __future__ import annotations

from typing import Final

from app.products.facts import BillingCode, Confidence, Disease, Indication, Product, Rate
from app.products.gtins import GTINS

_READ: Final = Confidence.READ
_UNVERIFIED: Final = Confidence.UNVERIFIED


def _us(*, cidp: bool, confidence: Confidence = _READ) -> tuple[Indication, ...]:
    """Return the US indications of a product other than the one that has MMN on its label."""
    return (
        Indication("MMN", "US", is_approved=False, confidence=confidence),
        Indication("CIDP", "US", is_approved=cidp, confidence=confidence),
    )


def _eu(disease: Disease, confidence: Confidence = _READ) -> Indication:
    return Indication(disease, "EU", is_approved=True, confidence=confidence)


# The ATC codes follow from the way of giving (intravascular J06BA02, extravascular J06BA01); the
# first was read in documents of Yimmugo and Deqsiga only.
_SUBCUTANEOUS_ATC: Final = "J06BA01"

_TAKEDA: Final = (
    Product(
        "gammagard-liquid",
        "Gammagard Liquid",
        "gammagard.com",
        manufacturer="Takeda",
        vial_sizes_g=(1, 2.5, 5, 10, 20, 30),
        rates=(
            Rate(0.5, 5.4, indication="MMN"),
            Rate(0.5, 5.4, indication="CIDP"),
            Rate(0.5, 5, indication="PI"),
        ),
        indications=(
            Indication("MMN", "US", is_approved=True),
            Indication("CIDP", "US", is_approved=True),
        ),
        hcpcs=BillingCode("J1569"),
        gtins=GTINS["gammagard-liquid"],
        note="MMN label 0.5-2.4 g/kg a month; CIDP since 2024, 2 g/kg then 1 g/kg every 3 weeks.",
    ),
    Product(
        "gammagard-liquid-erc",
        "Gammagard Liquid ERC",
        "news of the US approval, 2025; only its existence was read",
        concentration_confidence=_UNVERIFIED,
        note="Low in IgA.",
    ),
    Product(
        "deqsiga",
        "Deqsiga",
        "Fass page; only its existence was read",
        concentration_confidence=_UNVERIFIED,
        atc_confidence=_READ,
        note="Low in IgA.",
    ),
    Product(
        "gammagard-sd",
        "Gammagard S/D",
        "common knowledge",
        concentration_mg_per_ml=None,
        concentration_confidence=_UNVERIFIED,
        vial_sizes_g=(5, 10),
        vials_confidence=_UNVERIFIED,
        rates=(
            Rate(0.5, 4, confidence=_UNVERIFIED, note="dissolved to 5 %"),
            Rate(0.5, 8, confidence=_UNVERIFIED, note="dissolved to 10 %"),
        ),
        indications=_us(cidp=False, confidence=_UNVERIFIED),
        hcpcs=BillingCode("J1566", confidence=_UNVERIFIED),
        note="Powder, dissolved to 50 or 100 mg/mL. J1566 is the code of powders not named"
        " elsewhere.",
    ),
    Product(
        "kiovig",
        "Kiovig",
        "pages of the European product information",
        vial_sizes_g=(1, 2.5, 5, 10, 20, 30),
        rates=(
            Rate(0.5, 6, confidence=_UNVERIFIED),
            Rate(0.5, 8, indication="PID", confidence=_UNVERIFIED),
        ),
        indications=(_eu("MMN"), _eu("CIDP")),
    ),
)

_OCTAPHARMA_RISK: Final = Rate(None, 3.3, "mg/kg/min", at_risk=True)

_INTRAVENOUS: Final = (
    Product(
        "privigen",
        "Privigen",
        "privigen.com",
        manufacturer="CSL",
        vial_sizes_g=(5, 10, 20, 40),
        vials_confidence=_UNVERIFIED,
        rates=(
            Rate(0.3, 4.8, indication="PI"),
            Rate(0.3, 4.8, indication="CIDP"),
            Rate(0.3, 2.4, indication="ITP"),
        ),
        indications=(*_us(cidp=True), _eu("MMN", _UNVERIFIED)),
        hcpcs=BillingCode("J1459"),
        gtins=GTINS["privigen"],
    ),
    Product(
        "gamunex-c",
        "Gamunex-C",
        "rate chart of the maker",
        manufacturer="Grifols",
        vial_sizes_g=(1, 2.5, 5, 10, 20, 40),
        vials_confidence=_UNVERIFIED,
        rates=(
            Rate(1.2, 4.8, indication="CIDP"),
            Rate(0.6, 4.8, indication="PI"),
            Rate(0.6, 4.8, indication="ITP"),
        ),
        indications=_us(cidp=True),
        hcpcs=BillingCode("J1561"),
    ),
    Product(
        "gammaked",
        "Gammaked",
        "rate chart of the maker",
        manufacturer="Kedrion",
        vial_sizes_g=(1, 2.5, 5, 10, 20),
        vials_confidence=_UNVERIFIED,
        rates=(
            Rate(1.2, 4.8, indication="CIDP"),
            Rate(0.6, 4.8, indication="PI"),
            Rate(0.6, 4.8, indication="ITP"),
        ),
        indications=_us(cidp=True),
        hcpcs=BillingCode("J1561"),
    ),
    Product(
        "octagam-5",
        "Octagam 5%",
        "octagam.com",
        concentration_mg_per_ml=50,
        vial_sizes_g=(2.5, 5, 10, 25),
        rates=(
            Rate(1.2, 5, region="international"),
            Rate(0.6, 4.2, region="US", confidence=_UNVERIFIED),
            Rate(None, 3.3, "mg/kg/min", at_risk=True, confidence=_UNVERIFIED),
        ),
        indications=(*_us(cidp=False), _eu("CIDP")),
        hcpcs=BillingCode("J1568"),
        note="The European indication is that of the Octagam family.",
    ),
    Product(
        "octagam-10",
        "Octagam 10%",
        "octagamusa.com, octagam.com",
        vial_sizes_g=(2, 5, 10, 20, 30),
        rates=(
            Rate(0.6, 7.2),
            Rate(None, 2.4, indication="dermatomyositis"),
            _OCTAPHARMA_RISK,
        ),
        indications=(
            Indication("MMN", "US", is_approved=False),
            _eu("CIDP"),
        ),
        hcpcs=BillingCode("J1568"),
    ),
    Product(
        "panzyga",
        "Panzyga",
        "panzygausa.com, mirror of the label",
        vial_sizes_g=(1, 2.5, 5, 10, 20, 30),
        rates=(
            Rate(0.6, 7.2, indication="CIDP"),
            Rate(0.6, 8.4, indication="PI"),
            Rate(0.6, 4.8, indication="ITP"),
            _OCTAPHARMA_RISK,
        ),
        indications=(*_us(cidp=True), _eu("MMN", _UNVERIFIED)),
        hcpcs=BillingCode("J1576", confidence=_UNVERIFIED),
        note="CIDP: loading 2 g/kg, then 1-2 g/kg every 3 weeks.",
    ),
    Product(
        "flebogamma-dif-5",
        "Flebogamma DIF 5%",
        "vial sizes from the maker, the rest common knowledge",
        concentration_mg_per_ml=50,
        vial_sizes_g=(0.5, 2.5, 5, 10, 20),
        rates=(Rate(0.6, 6, confidence=_UNVERIFIED),),
        indications=_us(cidp=False, confidence=_UNVERIFIED),
        hcpcs=BillingCode("J1572"),
    ),
    Product(
        "flebogamma-dif-10",
        "Flebogamma DIF 10%",
        "vial sizes from the maker, the rest common knowledge",
        vial_sizes_g=(5, 10, 20),
        rates=(Rate(0.6, 4.8, confidence=_UNVERIFIED),),
        indications=_us(cidp=False, confidence=_UNVERIFIED),
        hcpcs=BillingCode("J1572"),
    ),
    Product(
        "bivigam",
        "Bivigam",
        "bivigam.com",
        vial_sizes_g=(5, 10),
        rates=(
            Rate(0.3, 3.6, note="10 min at first, then 0.8 mg/kg/min more every 20 min"),
            Rate(None, 2, "mg/kg/min", at_risk=True, note="below it"),
        ),
        indications=_us(cidp=False),
        hcpcs=BillingCode("J1556"),
    ),
    Product(
        "asceniv",
        "Asceniv",
        "asceniv.com",
        vial_sizes_g=(5,),
        rates=(Rate(0.3, 4.8, note="15 min at first"),),
        indications=_us(cidp=False),
        hcpcs=BillingCode("J1554", confidence=_UNVERIFIED),
    ),
    Product(
        "gammaplex-5",
        "Gammaplex 5%",
        "gammaplex.com",
        concentration_mg_per_ml=50,
        vial_sizes_g=(5, 10, 20),
        vials_confidence=_UNVERIFIED,
        rates=(Rate(0.6, 4.8),),
        indications=_us(cidp=False),
        hcpcs=BillingCode("J1557"),
    ),
    Product(
        "gammaplex-10",
        "Gammaplex 10%",
        "gammaplex.com",
        vial_sizes_g=(5, 10, 20),
        vials_confidence=_UNVERIFIED,
        rates=(Rate(0.3, 4.8, note="steps of 15 min"),),
        indications=_us(cidp=False),
        hcpcs=BillingCode("J1557"),
    ),
    Product(
        "yimmugo",
        "Yimmugo",
        "medicines.org.uk 15776",
        vial_sizes_g=(5, 10, 20),
        indications=(
            *_us(cidp=False, confidence=_UNVERIFIED),
            _eu("CIDP"),
            Indication("CIDP", "UK", is_approved=True),
            _eu("MMN", _UNVERIFIED),
        ),
        atc_confidence=_READ,
    ),
    Product(
        "intratect-5",
        "Intratect 5%",
        "common knowledge",
        concentration_mg_per_ml=50,
        rates=(Rate(0.3, 1.9, confidence=_UNVERIFIED, note="uncertain; in PID to 6-8"),),
        indications=(_eu("MMN", _UNVERIFIED), _eu("CIDP", _UNVERIFIED)),
    ),
    Product(
        "intratect-10",
        "Intratect 10%",
        "vial sizes from the maker, the rest common knowledge",
        vial_sizes_g=(1, 2.5, 5, 10, 20),
        rates=(Rate(0.3, 1.9, confidence=_UNVERIFIED, note="uncertain; in PID to 6-8"),),
        indications=(_eu("MMN", _UNVERIFIED), _eu("CIDP", _UNVERIFIED)),
    ),
    Product(
        "iqymune",
        "Iqymune",
        "drugs.com/uk",
        manufacturer="LFB",
        vial_sizes_g=(2, 5, 10, 20),
        vials_confidence=_UNVERIFIED,
        rates=(Rate(0.5, 6),),
        indications=(_eu("MMN", _UNVERIFIED), _eu("CIDP", _UNVERIFIED)),
    ),
    Product(
        "alyglo",
        "Alyglo",
        "common knowledge",
        concentration_confidence=_UNVERIFIED,
        indications=_us(cidp=False, confidence=_UNVERIFIED),
        hcpcs=BillingCode("J1552", confidence=_UNVERIFIED),
    ),
    Product(
        "qivigy",
        "Qivigy",
        "common knowledge",
        concentration_confidence=_UNVERIFIED,
        indications=_us(cidp=False, confidence=_UNVERIFIED),
    ),
)

_SUBCUTANEOUS: Final = (
    Product(
        "hizentra",
        "Hizentra",
        "hizentra.com",
        route="subcutaneous",
        concentration_mg_per_ml=200,
        vial_sizes_g=(1, 2, 4, 10),
        rates=(
            Rate(20, 50, "mL/h/site", indication="CIDP"),
            Rate(15, 25, "mL/h/site", indication="PI"),
        ),
        indications=_us(cidp=True),
        hcpcs=BillingCode("J1559", unit_mg=100),
        atc=_SUBCUTANEOUS_ATC,
        note="Vials and syringes. CIDP: 0.2-0.4 g/kg a week, 20 to 50 mL a site.",
    ),
    Product(
        "hyqvia",
        "HyQvia",
        "hyqvia.com, news",
        route="subcutaneous",
        vial_sizes_g=(2.5, 5, 10, 20, 30),
        vials_confidence=_UNVERIFIED,
        indications=(*_us(cidp=True), _eu("CIDP")),
        hcpcs=BillingCode("J1575", unit_mg=100),
        atc=_SUBCUTANEOUS_ATC,
        note="With hyaluronidase. Doses ramp up over 1-2-3-4 weeks; at most 600 mL a site (400 with"
        " 3 sites) and 1200 mL a day. CIDP since January 2024.",
    ),
    Product(
        "cuvitru",
        "Cuvitru",
        "cuvitru.com",
        route="subcutaneous",
        concentration_mg_per_ml=200,
        vial_sizes_g=(1, 2, 4, 8, 10),
        vials_confidence=_UNVERIFIED,
        rates=(Rate(10, 60, "mL/h/site", note="initial 10-20"),),
        indications=_us(cidp=False),
        hcpcs=BillingCode("J1555", unit_mg=100, confidence=_UNVERIFIED),
        atc=_SUBCUTANEOUS_ATC,
        note="At most 60 mL a site, 4 sites.",
    ),
    Product(
        "xembify",
        "Xembify",
        "common knowledge",
        route="subcutaneous",
        concentration_mg_per_ml=200,
        concentration_confidence=_UNVERIFIED,
        vial_sizes_g=(1, 2, 4, 10),
        vials_confidence=_UNVERIFIED,
        rates=(Rate(None, 25, "mL/h/site", confidence=_UNVERIFIED),),
        indications=_us(cidp=False, confidence=_UNVERIFIED),
        hcpcs=BillingCode("J1558", unit_mg=100, confidence=_UNVERIFIED),
        atc=_SUBCUTANEOUS_ATC,
        note="At most 25 mL a site.",
    ),
    Product(
        "cutaquig",
        "Cutaquig",
        "cutaquigus.com",
        route="subcutaneous",
        concentration_mg_per_ml=165,
        vial_sizes_g=(1, 1.65, 2, 3.3, 4, 8),
        vials_confidence=_UNVERIFIED,
        rates=(Rate(15, 25, "mL/h/site", note="initial 15-20; highest 25 or more, label to 52"),),
        indications=_us(cidp=False),
        hcpcs=BillingCode("J1551", unit_mg=100, confidence=_UNVERIFIED),
        atc=_SUBCUTANEOUS_ATC,
        note="At most 25-40 mL a site.",
    ),
)

PRODUCTS: Final = (*_TAKEDA, *_INTRAVENOUS, *_SUBCUTANEOUS)
CATALOGUE: Final = {product.key: product for product in PRODUCTS}
