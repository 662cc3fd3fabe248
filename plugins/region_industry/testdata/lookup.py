#!/usr/bin/env python3
"""What published tables say of places and industries, looked up in plain Python without Taxon's readers: expected.csv. Each line is
what one field of the CRM holds, and the country, province, region and industry that follow from the tables alone.

    python3 lookup.py > expected.csv
"""
import csv, os, sys

HERE = os.path.dirname(os.path.abspath(__file__))


def table(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        return list(csv.DictReader(f))


out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["field", "text", "country", "subdivision", "region", "industry"])

# Countries: their names in three languages. The region is the smallest one of UN M49 that has a code.
m49 = {r["alpha-2"]: r["intermediate-region-code"] or r["sub-region-code"] for r in table("iso3166_m49.csv")}
# That table lacks Taiwan, which lies in Eastern Asia, and has regions for eight remote dependencies without inhabitants, or hardly
# any, which Taxon leaves without one, since sources disagree.
m49["TW"] = "030"
m49.update(dict.fromkeys("BV CC CX GS HM IO TF UM".split(), ""))
slips = {"柬埔塞", "圣马力诺市", "根息島"}  # of the translations
seen = set()
for r in table("iso3166_names.csv"):
    for text in (r["alpha_2"], r["alpha_3"], r["name_en"], r["name_zh_hans"], r["name_zh_hant"]):
        if text and text not in seen and text not in slips:
            seen.add(text)
            out.writerow(["country", text, r["alpha_2"], "", m49[r["alpha_2"]] or "unclassified", ""])

# Provinces of China, in both scripts; Taiwan, Hong Kong and Macao have country codes of their own, which are used.
own = {"71": "TW", "81": "HK", "82": "MO"}
provinces = {}
for r in table("china_provinces.csv"):
    region = r["macro_region_en"].lower().replace(" ", "_")
    country = own.get(r["gbt2260"], "CN")
    place = (country, r["iso3166_2"] if country == "CN" else "", region if country == "CN" else m49[country])
    provinces[r["gbt2260"]] = place
    for text in {r["name_zh_hans"], r["name_zh_hant"]}:
        out.writerow(["region", text, *place, ""])

# Cities: the first two digits of the code are those of the province. Names that two provinces have tell nothing.
cities = {}
for r in table("china_cities.csv"):
    cities.setdefault(r["name"], set()).add(r["province"])
for name, of in sorted(cities.items()):
    if len(of) == 1:
        out.writerow(["city", name, *provinces[min(of)], ""])

# Area codes, as they are dialled from abroad; one that places of several provinces share tells nothing.
named = {r["name_zh_hans"]: r["gbt2260"] for r in table("china_provinces.csv")}
areas = {}
for r in table("china_area_codes.csv"):
    of = {named[r["name"]]} if r["name"] in named else cities.get(r["name"], set())
    areas.setdefault(r["code"], set()).update(of)
for code, of in sorted(areas.items()):
    if len(of) == 1:
        out.writerow(["phone_area", "+86 " + code.lstrip("0"), *provinces[min(of)], ""])

# Industries: titles of ISIC Rev.4 at all levels. The industry is the division, for titles of sections the section; either will do
# for a title that both have.
titles = {}
for r in table("isic_rev4.csv"):
    title, codes = titles.setdefault(r["name"].lower(), (r["name"], []))
    if len(r["code"]) == 1 or not codes or len(codes[0]) == 1 and len(codes) == 1:
        codes.append(r["code"][:2])
for title, codes in titles.values():
    out.writerow(["industry", title, "", "", "", " ".join(codes)])
