// Package satisfaction classifies customers by what they answered in surveys: Net Promoter
// Score, customer satisfaction (CSAT) or customer effort (CES).
//
// # Rule
//
// Net Promoter Score (Reichheld, Harvard Business Review, December 2003; "how likely are you to
// recommend us", 0 to 10): promoter 9 and 10, passive 7 and 8, detractor 0 to 6. CSAT (top-two box
// of five): satisfied 4 and 5, neutral 3, dissatisfied 1 and 2. CES 2.0 (Dixon, Freeman and
// Toman, Harvard Business Review, July/August 2010, in its agree form, "made it easy for me", 1
// to 7): low effort 5 to 7, neutral 4, high effort 1 to 3. Scale and direction are declared: the
// CES of 2010 ran from 1 to 5 with low as good. On a scale with a middle the middle is neutral;
// on any other the cuts must be given. A scale of 1 to 10 is no NPS.
//
// An answer outside its scale, or between two marks (6.5), is not valid; with decimals: floor
// the mark below counts, on a scale where low is good the one above, so that nothing is rounded
// in the customer's favour. Zero is an answer, a blank is none.
//
// One person counts once: by the latest valid answer in the window, or by the mean of the
// person's answers, whose class never rounds up. An account's class is the mean of its people's
// +1, 0 and -1, weighted by role (a decision maker counts twice): above a third it is the best
// class, below minus a third the worst, else the middle one. A decision maker in the worst class
// puts the account there.
//
// Below the minimum of valid answers (default 1) the customer is unclassified, with a reason.
//
// # Tags
//
// The class; score, the mean on the survey's own scale; index, the NPS from -100 to 100, the
// percentage in the best class for CSAT and CES, or what statistic asks for; answers, the number
// of valid answers. An NPS of few answers is uncertain: its reason gives the standard error
// 100*sqrt((p+d-(p-d)^2)/n).
//
// # Sources
//
// surveys reads activities of kind survey: their score and date, and with person_field who
// answered (without it all answers of a customer are taken for one person's, or with use: each
// for one person each). fields reads the field score_field of the customer's people, or of the
// person itself when persons are classified; with date_field the window applies. Who is a decision
// maker is known in fields alone: a survey activity does not say it.
//
// The package leaves storing, labels in the CRM and stability from run to run to the host.
// Invariant: the order of answers and of people changes nothing, answers of one time on one
// person excepted, where the host's order decides.
package satisfaction
