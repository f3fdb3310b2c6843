package view

import "time"

func devStories() []Story {
	at := storyTime.Add(-3 * time.Minute)
	return []Story{
		{"dev", &Dev{
			Frame:    stranger(),
			Accounts: []DevAccount{{"owner@example.test", []string{"Owner"}}, {longEmail, []string{"Admin", "User", "Front Desk"}}, {"nobody@example.test", nil}},
			Mails:    []DevMailRow{{2, longEmail, "Confirm your address for Doorward", at}, {1, "user@example.test", "Set a new password for Doorward", at}},
		}},
		{"dev-empty", &Dev{Frame: stranger()}},
		{"dev-mail", &DevMail{
			Frame: stranger(), To: longEmail, Subject: "Confirm your address for Doorward", At: at, Text: "Somebody made an account.\n\nhttp://127.0.0.1:8080/confirm/0123456789abcdefghijABCDEFGHIJ0123456789_-x\n",
		}},
		{"story-book", &StoryBook{Frame: stranger(), Names: []string{"login", "users-hundred"}}},
	}
}
