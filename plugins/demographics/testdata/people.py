"""A second computation of the rules of demographics, without code of the plugin (python3, standard library).

Makes people.csv: 1,200 invented people with a date of birth, a sex and an occupation as text, whether they smoke, the number of
claims, and what they are as of 2026-01-01: age, band, sex, occupation group, life group, points, risk. Empty means not known.
Run: python3 people.py > people.csv
"""
import csv, datetime, random, sys

AS_OF = datetime.date(2026, 1, 1)
SEX = {"F": "female", "Ms.": "female", "女": "female", "2": "female", "M": "male", "男性": "male", "1": "male", "Non-binary": "diverse", "?": "", "N/A": ""}
OCCUPATION = {"Senior Software Engineer": "white_collar", "會計師": "white_collar", "Sales manager": "white_collar", "Nurses": "white_collar",
              "Waiter": "service_sales", "超市收银员": "service_sales", "Truck Driver": "blue_collar", "roofer": "blue_collar", "Miner": "blue_collar", "农民工人": "blue_collar",
              "Freelance designer": "self_employed", "個體戶": "self_employed", "Student nurse": "student", "大學生": "student", "Housewife": "homemaker", "家庭主婦": "homemaker",
              "Retired engineer": "retired", "退休教师": "retired", "Unemployed": "not_working", "astrologer": "", "": ""}
STARTS = [18, 25, 35, 45, 55, 65]


def years(born):
    n = AS_OF.year - born.year
    while True:  # the birthday of that year; the 29th of February is the 1st of March where there is none
        try:
            birthday = born.replace(year=born.year + n)
        except ValueError:
            birthday = datetime.date(born.year + n, 3, 1)
        if birthday <= AS_OF:
            return n
        n -= 1


def band(age):
    inside = [i for i, s in enumerate(STARTS) if s <= age]
    if not inside:
        return "under_18"
    i = inside[-1]
    return "65_plus" if i == len(STARTS) - 1 else "%d-%d" % (STARTS[i], STARTS[i + 1] - 1)


def level(points):
    return "high" if points > 5 else "mid" if points > 2 else "low"


def main():
    dice = random.Random(20260101)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow("born sex_text occupation_text smoker claims age band sex occupation group points risk".split())
    for i in range(1200):
        born = AS_OF - datetime.timedelta(days=dice.randrange(-200, 42000))
        if i % 4 == 0:  # birthdays about the as-of day, for every age
            born = datetime.date(2026 - dice.randrange(0, 112), *dice.choice([(1, 1), (1, 2), (2, 28), (3, 1), (12, 31)]))
        if i % 40 == 1:
            born = datetime.date(dice.randrange(1920, 2025, 4), 2, 29)
        if i % 50 == 2:
            born = dice.choice([datetime.date(1900, 1, 1), datetime.date(1970, 1, 1)])
        if i % 25 == 3:
            born = None
        sex_text, occupation_text = dice.choice(sorted(SEX)), dice.choice(sorted(OCCUPATION))
        smoker, claims = dice.choice(["true", "false", "false", ""]), dice.randrange(0, 4)
        age = None
        if born and born not in (datetime.date(1900, 1, 1), datetime.date(1970, 1, 1)) and 0 <= years(born) <= 110 and born <= AS_OF:
            age = years(born)
        occupation = OCCUPATION[occupation_text]
        group = occupation or ("" if age is None else "young" if age < 30 else "senior" if age >= 60 else "middle_aged")
        # points: age from 65 three, from 50 two, below 25 one; dangerous work three; smoking two; two claims or more two; retired minus one
        known = {"claims": 2 if claims >= 2 else 0}
        spans = {}
        if age is None:
            spans["age"] = (0, 3)
        else:
            known["age"] = 3 if age >= 65 else 2 if age >= 50 else 1 if age < 25 else 0
        if occupation_text == "":
            spans["occupation"] = (-1, 3)
        else:
            known["occupation"] = 3 if occupation_text in ("Miner", "roofer", "Truck Driver") else -1 if occupation == "retired" else 0
        if smoker == "":
            spans["smoker"] = (0, 2)
        else:
            known["smoker"] = 2 if smoker == "true" else 0
        total = sum(known.values())
        low, high = (total + sum(s[k] for s in spans.values()) for k in (0, 1))
        out.writerow([born or "", sex_text, occupation_text, smoker, claims, "" if age is None else age, "" if age is None else band(age), SEX[sex_text],
                      occupation, group, "" if spans else total, level(low) if level(low) == level(high) else ""])


main()
