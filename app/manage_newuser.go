package app

import "context"

// NewUserChoices are what whoever makes an account for somebody else chooses from.
type NewUserChoices struct {
	Roles  []Role // those that they may give
	Role   string // the name of the one that is given where nothing else is chosen
	Active bool   // the status that it gets where nothing else is chosen
}

// NewUserChoices tells what CreateUser would take from this actor.
func (a *Accounts) NewUserChoices(ctx context.Context, by Actor) (NewUserChoices, error) {
	if err := administers(by); err != nil {
		return NewUserChoices{}, err
	}
	choices := NewUserChoices{Active: a.policy.DefaultActive}
	err := a.view(ctx, func(tx Tx) error {
		u := &unit{Tx: tx, a: a}
		roles, err := u.ListRoles()
		if err != nil {
			return err
		}
		for _, role := range roles {
			reaches, err := u.reachesRole(by, role.Name)
			if err != nil {
				return err
			}
			if reaches {
				choices.Roles = append(choices.Roles, role)
			}
		}
		usual, err := defaultRole(tx, a.policy.DefaultRole, map[string]*Role{})
		if err != nil {
			return err
		}
		choices.Role = usual.Name
		return nil
	})
	return choices, err
}

// checkNewUser cleans the input of CreateUser and tells everything that is wrong with it at once, taken names and unknown
// roles included: whoever manages accounts may know who has one.
func (a *Accounts) checkNewUser(ctx context.Context, in NewUserInput) (User, error) {
	var errs fieldErrors
	user := cleanNewUser(&errs, in)
	user.IsActive = a.policy.DefaultActive
	if in.IsActive != nil {
		user.IsActive = *in.IsActive
	}
	draft := user // the name that is made for it is made again when it is kept
	err := a.view(ctx, func(tx Tx) error {
		_, err := a.checkNewUserAgainst(tx, &draft, in)
		return err
	})
	if err := errs.gather(err); err != nil {
		return User{}, err
	}
	return user, errs.err()
}

// cleanNewUser holds the rules that need no look at what is stored. Reserved usernames are closed to registrations alone.
func cleanNewUser(errs *fieldErrors, in NewUserInput) User {
	var user User
	var problem *FieldError
	if user.Email, user.EmailKey, problem = CleanEmail(in.Email); problem != nil {
		*errs = append(*errs, *problem)
	}
	if in.Username != "" {
		if problem := checkUsername(in.Username); problem != nil {
			*errs = append(*errs, *problem)
		}
		user.Username, user.UsernameKey = in.Username, usernameKey(in.Username)
	}
	user.FirstName = cleanName(errs, "first_name", in.FirstName)
	user.LastName = cleanName(errs, "last_name", in.LastName)
	if user.Timezone = in.Timezone; !CheckTimezone(in.Timezone) {
		errs.add("user_timezone", RuleUnknown, "Choose a time zone such as Europe/Paris, or whole hours from -12 to +14.")
	}
	if user.Locale = in.Locale; !CheckLocale(in.Locale) {
		errs.add("preferred_locale", RuleUnknown, "Choose a language such as en or en-GB.")
	}
	user.CustomFields = cleanCustom(errs, in.CustomFields)
	return user
}

// checkNewUserAgainst holds the rules that depend on what is stored: free names, roles that there are, and a password
// that is not the name that the account gets. It makes that name where none was chosen, and answers the roles.
func (a *Accounts) checkNewUserAgainst(tx Tx, user *User, in NewUserInput) ([]*Role, error) {
	var errs fieldErrors
	if err := errs.gather(emailFree(tx, user.EmailKey, 0)); err != nil {
		return nil, err
	}
	if err := errs.gather(nameNewUser(tx, user)); err != nil {
		return nil, err
	}
	if in.Confirmed {
		user.ConfirmedAt = tx.Now()
	}
	roles, err := a.rolesFor(tx, in.Roles)
	if err := errs.gather(err); err != nil {
		return nil, err
	}
	switch {
	case in.Password != nil:
		a.policy.checkPassword(&errs, PasswordInput{Password: *in.Password, Confirmation: in.PasswordConfirmation}, user.Email, user.Username)
	case in.PasswordConfirmation != nil:
		errs.add("password", RuleRequired, "Enter a password, or leave out its confirmation too: then a link to set one is mailed.").Case = "password_or_link"
	}
	return roles, errs.err()
}

// nameNewUser sees to it that the chosen username is free, or makes one from the e-mail.
func nameNewUser(tx Tx, user *User) error {
	if user.Username != "" {
		free, err := usernameFree(tx, user.UsernameKey, 0)
		if err == nil && !free {
			return Invalid(FieldError{Field: "username", Rule: RuleTaken, Message: takenMessage("username")})
		}
		return err
	}
	if user.Email == "" { // refused already
		return nil
	}
	name, err := freeUsername(tx, user.Email)
	user.Username, user.UsernameKey = name, usernameKey(name)
	return err
}

// rolesFor finds the roles of a new account by their exact names, each once; nil means the default one.
func (a *Accounts) rolesFor(tx Tx, names []string) ([]*Role, error) {
	known := map[string]*Role{}
	if names == nil {
		role, err := defaultRole(tx, a.policy.DefaultRole, known)
		return []*Role{role}, err
	}
	var roles []*Role
	for _, name := range names {
		if known[name] != nil {
			continue
		}
		role, err := knownRole(tx, name, known)
		if err != nil {
			return nil, err
		}
		if role == nil {
			return nil, Invalid(FieldError{Field: "roles", Rule: RuleUnknown, Message: "There is no such role. Roles are named exactly, letter case included."})
		}
		roles = append(roles, role)
	}
	return roles, nil
}
