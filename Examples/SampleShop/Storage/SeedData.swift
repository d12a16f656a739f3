// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the shop sells, who has an account, and what the first visitors wrote.
enum SeedData {
    /// The schema and its first rows.
    ///
    /// Vulnerable: passwords in the clear (CWE-256), so that a stolen table is a prize.
    static let sql = """
        CREATE TABLE product (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL, description TEXT NOT NULL,
            price INTEGER NOT NULL
        );
        CREATE TABLE account (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, password TEXT NOT NULL, role TEXT NOT NULL
        );
        CREATE TABLE review (id INTEGER PRIMARY KEY AUTOINCREMENT, author TEXT NOT NULL, text TEXT NOT NULL);

        INSERT INTO product (name, category, description, price) VALUES
            ('Green tea "Spring Garden"', 'Tea', 'Light and grassy, from the first harvest of the year.', 890),
            ('Earl Grey', 'Tea', 'Black tea with bergamot, for the afternoon.', 740),
            ('Assam Gold', 'Tea', 'Strong and malty; it bears milk well.', 820),
            ('Peppermint', 'Tea', 'Whole leaves, no caffeine.', 560),
            ('Rooibos with orange', 'Tea', 'Mild and fruity, good for children too.', 610),
            ('Teapot, cast iron', 'Pots', 'Keeps a litre hot for an hour and more.', 5490),
            ('Teapot, glass', 'Pots', 'One sees the leaves unfold.', 2990),
            ('O''Brien''s brown teapot', 'Pots', 'Glazed clay, as grandmother had it.', 2450),
            ('Cup, porcelain', 'Cups', 'Thin, white, 200 millilitres.', 1250),
            ('Mug "Größe L"', 'Cups', 'Half a litre for long mornings.', 1490),
            ('Kettle', 'Kitchen', 'Heats a litre in three minutes and holds 80 degrees.', 6900),
            ('Infuser', 'Kitchen', 'Stainless steel, fine mesh.', 990);

        INSERT INTO account (name, email, password, role) VALUES
            ('anna', 'anna@example.org', 'rosenbusch', 'customer'),
            ('ben', 'ben@example.org', 'kettle1987', 'customer'),
            ('admin', 'admin@example.org', 'correct horse battery staple', 'administrator');

        INSERT INTO review (author, text) VALUES
            ('Anna', 'The glass teapot is lovely, and it came within two days.'),
            ('Seán O''Brien', 'My grandmother''s teapot, at last! Thank you.');
        """
}
