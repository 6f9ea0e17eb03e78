// SPDX-License-Identifier: GPL-3.0-or-later
// Reading all files into one configuration.
#include "schema/reader.h"

#include "schema/object_reader.h"
#include "schema/toml.h"
#include "schema/validation.h"

namespace mainstay::schema {

Loaded readConfiguration(std::span<const SourceFile> files)
{
    Loaded loaded;
    Findings findings(loaded.origins);
    bool complete = true;
    for (const SourceFile &file : files) {
        auto document = parseToml(file.text, file.path);
        if (document) {
            ObjectReader reader(file.path, file.owner, loaded.origins, findings);
            reader.readObject(loaded.configuration, *document, {});
        } else {
            findings.add(std::move(document).error());
            complete = false;
        }
    }
    validate(loaded.configuration, complete ? Completeness::whole : Completeness::partial, findings);
    loaded.problems = std::move(findings).take();
    return loaded;
}

Loaded readDocument(const Node &document)
{
    Loaded loaded;
    Findings findings(loaded.origins);
    ObjectReader({}, Owner::managed, loaded.origins, findings).readObject(loaded.configuration, document, {});
    validate(loaded.configuration, Completeness::whole, findings);
    loaded.problems = std::move(findings).take();
    return loaded;
}

} // namespace mainstay::schema
