package web

import (
	"net/http"

	"doorward/app"
)

func putUserAvatar(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	picture, err := c.upload()
	if err != nil {
		return err
	}
	wait, asked := preferredWait(c.r.Header)
	avatar, err := c.s.accounts.UploadUserAvatar(c.r.Context(), c.actor, id, picture, wait)
	if err != nil {
		return err
	}
	return c.sendAvatar(&avatar, wait, asked)
}

func docPutUserAvatar() *operation {
	doc := docPutAvatar()
	doc.id, doc.tag, doc.summary = "setUserAvatar", "Accounts", "Set another account's picture"
	doc.refuses = append(doc.refuses, app.CodeNotFound, app.CodeRankTooLow)
	return doc
}

func deleteUserAvatar(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	return c.done(http.StatusNoContent, c.s.accounts.RemoveUserAvatar(c.r.Context(), c.actor, id))
}

func docDeleteUserAvatar() *operation {
	return &operation{
		id: "removeUserAvatar", tag: "Accounts", summary: "Remove another account's picture",
		gives:   []given{{http.StatusNoContent, "There is none now.", nil}},
		refuses: []app.Code{app.CodeNotFound, app.CodeRankTooLow},
	}
}
