package textfold

import "testing"

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"  Internet Software & Services ": "internet software and services",
		"U.S.A.":                          "usa",
		"Île-de-France":                   "ile de france",
		"ＳａａＳ":                            "saas",
		"軟體／資訊":                           "软体 资讯",
		"L'Aquila":                        "laquila",
		"R+D":                             "r and d",
		"":                                "",
		"--":                              "",
	} {
		if got := Fold(text); got != want {
			t.Errorf("%q folds to %q, want %q", text, got, want)
		}
	}
}

func TestBlankTextsSayNothing(t *testing.T) {
	for _, text := range []string{"", " ", "N/A", "n.a.", "na", "—", "Unknown", "其他", "未知"} {
		if !IsBlank(text) {
			t.Errorf("%q says something", text)
		}
	}
	for _, text := range []string{"NA", "Namibia", "0", "中国"} {
		if IsBlank(text) {
			t.Errorf("%q says nothing", text)
		}
	}
}

func FuzzFoldIsIdempotent(f *testing.F) {
	for _, text := range []string{"Île & co", "軟體", "\xff", "İ", "a+b", "ﬁ", "㎏"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := Fold(text)
		if twice := Fold(once); twice != once {
			t.Errorf("%q folds to %q and then to %q", text, once, twice)
		}
	})
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"Written-Off": "written off", "written_off": "written off", "  Written \t OFF ": "written off",
		"Übrig__-x": "übrig x", "已-付款": "已 付款", "n.a.": "n.a.", "": "", "_-": "",
	} {
		if got := Words(in); got != want {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
}
