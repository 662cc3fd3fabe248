#!/usr/bin/env python3
"""Fills a Tryton database with the B2B pipeline: a company of our own with a currency, a party for each account, and an opportunity for
each deal that was won. It speaks JSON-RPC like any client; Tryton itself is as Debian ships it.

    seed.py URL USER PASSWORD_FILE ACCOUNTS.csv DEALS.csv
"""

import base64
import csv
import json
import sys
import urllib.request


class Tryton:
    def __init__(self, url, user, password):
        self.url, self.session = url, None
        uid, key = self("common.db.login", user, {"password": password}, "en")
        self.session = base64.b64encode(f"{user}:{uid}:{key}".encode()).decode()

    def __call__(self, method, *params):
        headers = {"Content-Type": "application/json"}
        if self.session:
            headers["Authorization"] = "Session " + self.session
        body = json.dumps({"id": 1, "method": method, "params": params}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url, body, headers)) as answer:
            answer = json.load(answer)
        if "error" in answer:
            sys.exit(f"{method}: {answer['error']}")
        return answer["result"]


def decimal(text):
    return {"__class__": "Decimal", "decimal": text}


def day(text):
    year, month, day = map(int, text.split("-"))
    return {"__class__": "date", "year": year, "month": month, "day": day}


def create(tryton, model, values):
    ids = []
    for i in range(0, len(values), 500):
        ids += tryton(f"model.{model}.create", values[i : i + 500], {})
    return ids


def main(url, user, password_file, accounts, deals):
    with open(password_file) as f:
        tryton = Tryton(url, user, f.read().strip())
    currency = create(tryton, "currency.currency", [{"name": "US Dollar", "code": "USD", "symbol": "$", "rounding": decimal("0.01")}])[0]
    us = create(tryton, "party.party", [{"name": "Our company"}])[0]
    company = create(tryton, "company.company", [{"party": us, "currency": currency}])[0]
    employee = create(tryton, "company.employee", [{"party": us, "company": company}])[0]
    tryton("model.res.user.write", [1], {"companies": [["add", [company]]], "company": company}, {})
    with open(accounts, newline="") as f:
        names = [row["account"] for row in csv.DictReader(f)]
    parties = dict(zip(names, create(tryton, "party.party", [{"name": name} for name in names])))
    opportunities = []
    with open(deals, newline="") as f:
        for row in csv.DictReader(f):
            if row["deal_stage"] == "Won":
                opportunities.append({
                    "description": row["opportunity_id"], "party": parties[row["account"]], "company": company, "employee": employee, "state": "won",
                    "amount": decimal(row["close_value"]), "start_date": day(row["engage_date"]), "end_date": day(row["close_date"])})
    create(tryton, "sale.opportunity", opportunities)
    print(f"{len(parties)} parties and {len(opportunities)} opportunities.")


if __name__ == "__main__":
    main(*sys.argv[1:])
