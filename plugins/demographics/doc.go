// Package demographics is the first-party classifier "demographics": of which age band, sex, occupation or life
// group is a person, and, by points that an administrator gives, of which risk?
//
// # Personal data
//
// Age, sex, occupation and health are personal data. The manifest declares no field at all, only what an administrator
// grants by name: a host sends no field that is marked as personal without that, and the configuration is refused. What the
// class and the parts in `also` do not need is not read, granted or not. There are no points of the plugin's own: nobody
// is judged by sex or health but by an administrator's explicit rule.
//
// # Rule
//
//	age         the band of the completed years on the as-of day; who was born on 29 February becomes
//	            older on 1 March where there is no such day. A birthday on the as-of day counts.
//	sex         female, male, diverse: by words in English and Chinese and by the codes of ISO/IEC 5218 (1 male, 2 female)
//	occupation  white_collar, service_sales, blue_collar (ISCO-08 major groups 1-4, 5, 6-9), self_employed,
//	            student, homemaker, retired, not_working: by key words (words.txt)
//	group       the occupation's group where it is understood; else by age young, middle_aged or senior
//	risk        the sum of the points whose condition holds: high from high_from, mid from mid_from, else low
//
// Where a criterion of the risk is not known, the least and the most that it can add are taken: when both
// lead to one class, that is the class, else the customer is unclassified.
//
// An age below zero or above max_age, and a birth date that is a placeholder, are implausible: unclassified.
//
// Sources: International Standard Classification of Occupations 2008 (ILO); ISO/IEC 5218; the default
// bands are those of market research (18-24, 25-34, ..., 65 and older). The words are this project's.
//
// Invariant: a class depends on the person's own fields and the as-of day only.
package demographics
