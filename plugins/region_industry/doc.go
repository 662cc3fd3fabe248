// Package regionindustry tells where a customer is and what it does: country, subdivision,
// region and industry, from whatever the CRM holds, with a confidence and the evidence used.
//
// # Region
//
// Each source is evidence with a weight: country or province field 1.0, postal code with its
// country 0.9, city 0.9, address 0.8, land-line prefix 0.8, country domain of company mail or
// site 0.5 (free mail and domains such as .io say nothing), mobile prefix 0.4. A province read
// with the help of a country counts at most as much as what gave the country. The best evidence
// decides. Agreement raises the confidence to 1 - (1-w1)(1-w2)…; evidence from conflict_from
// (0.5) up that says otherwise lowers it to 0.5 and sets the tag conflict. Weights are settings.
//
// Countries are ISO 3166-1, subdivisions ISO 3166-2, Taiwan, Hong Kong and Macao by their ISO
// country code. The main tag is the region: in mainland China the usual seven (华北 东北 华东
// 华中 华南 西南 西北, by the first digits of GB/T 2260, which is custom and no standard), else the
// UN M49 region. Own groups of countries and subdivisions come first; greater_china makes one
// region of Taiwan, Hong Kong and Macao.
//
// # Industry
//
// The industry field is free text in English or Chinese, or a code; the answer is a division or
// section of ISIC Rev.4. In this order: the administrator's aliases, the alias table, an
// official title of ISIC or NAICS 2017, a bare code, the alias that is the head of the text, an
// alias one typing error away. A text that is not understood is unclassified; its reason gives
// the three nearest titles for a person, who may turn one into an alias.
//
// GB/T 4754 is read by section letter only and GICS codes are not read: see
// plugins/internal/industry. Cities are known in China alone, postal codes in the United States
// and France.
//
// Sources: study of this project on evidence and tables (ISO, UN M49, GB/T 2260, ISIC Rev.4,
// NAICS, libphonenumber, CLDR); the tables are in plugins/internal/geo and
// plugins/internal/industry with their licences.
//
// # Personal data
//
// Of phone and mail only the derived fields phone_area and email_domain are read, which hold no
// subscriber's digits and no mailbox; reasons never repeat an address.
//
// Missing data is unclassified with a reason: no_place, weak_evidence, no_region, no_industry,
// industry_unknown. Invariant: the result depends on the values alone, not on their order.
package regionindustry
