#include "toolchain/capschema.h"

#include <stddef.h>

#include "cap/cap.h"

#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

/* Rows, by how the field is written. */
#define AT(k)                                                                  \
    {                                                                          \
        .kind = CS_##k                                                         \
    }
#define AT_NAMED(k, list)                                                      \
    {                                                                          \
        .kind = CS_##k, .names = list                                          \
    }
#define MUST(n, k)                                                             \
    {                                                                          \
        .name = n, .kind = CS_##k, .need = CS_REQUIRED                         \
    }
#define OR(n, k, v)                                                            \
    {                                                                          \
        .name = n, .kind = CS_##k, .need = CS_DEFAULT, .value = (v)            \
    }
#define DERIVED(n, k, d)                                                       \
    {                                                                          \
        .name = n, .kind = CS_##k, .need = CS_DERIVED, .value = CS_D_##d       \
    }
#define COUNT(n, k)                                                            \
    {                                                                          \
        .name = n, .kind = CS_##k, .need = CS_DERIVED                          \
    }
#define LIST(c, i)                                                             \
    {                                                                          \
        .kind = CS_LIST, .count = (c), .items = i                              \
    }
#define ONE(i)                                                                 \
    {                                                                          \
        .kind = CS_ONE, .items = i                                             \
    }
#define VALUES(n, c, k)                                                        \
    {                                                                          \
        .name = n, .kind = CS_VALUES, .need = CS_DEFAULT, .count = (c),        \
        .value = CS_##k                                                        \
    }
#define STRUCT_AS(word, rows, first, size)                                     \
    {                                                                          \
        .keyword = word, .fields = rows, .field_count = COUNT_OF(rows),        \
        .tag = (first), .fixed_size = (size)                                   \
    }
#define STRUCT(word, rows) STRUCT_AS(word, rows, 0, 0)

/* ---- Header [JCVM 6.4] ---- */

static const struct cs_names header_flags[] = {
    {1, "INT"}, {2, "EXPORT"}, {4, "APPLET"}, {8, "EXTENDED"}, {0, NULL}};

static const struct cs_field package_fields[] = {AT(VERSION), AT(AID)};
static const struct cs_struct package_info = STRUCT("package", package_fields);
static const struct cs_struct cap_info = STRUCT("CAP", package_fields);
static const struct cs_struct *const packages[] = {&package_info, NULL};
static const struct cs_struct *const cap_items[] = {&cap_info, NULL};

static const struct cs_field name_fields[] = {AT(NAME)};
static const struct cs_struct package_name =
    STRUCT("package_name", name_fields);
static const struct cs_struct *const package_names[] = {&package_name, NULL};

static const struct cs_field header_fields[] = {
    OR("magic", HEX4, 0xDECAFFEDu),
    DERIVED("format", VERSION, VERSION),
    {.name = "flags",
     .kind = CS_FLAGS1,
     .need = CS_SHOWN,
     .value = CS_D_FLAGS,
     .names = header_flags},
    {.kind = CS_ONE, .when = CS_COMPACT, .items = packages},
    {.kind = CS_ONE, .when = CS_EXTENDED, .items = cap_items},
    {.name = "package_count",
     .kind = CS_COUNT1,
     .need = CS_DERIVED,
     .when = CS_EXTENDED},
    {.kind = CS_LIST, .when = CS_EXTENDED, .count = 6, .items = packages},
    {.kind = CS_ONE, .when = CS_COMPACT | CS_SINCE_22, .items = package_names},
    {.kind = CS_LIST, .when = CS_EXTENDED, .count = 6, .items = package_names},
};
const struct cs_struct cs_header = STRUCT("Header", header_fields);

/* ---- Directory [JCVM 6.5] ---- */

#define SIZE(n, k, t)                                                          \
    {                                                                          \
        .name = n, .kind = CS_##k, .need = CS_DERIVED,                         \
        .value = CS_D_SIZE + (t)                                               \
    }
#define SIZE_IF(n, k, t, w)                                                    \
    {                                                                          \
        .name = n, .kind = CS_##k, .need = CS_DERIVED, .when = (w),            \
        .value = CS_D_SIZE + (t)                                               \
    }

static const struct cs_field custom_compact[] = {AT(U1), AT(U2), AT(AID)};
static const struct cs_struct custom_compact_info =
    STRUCT("custom", custom_compact);
static const struct cs_struct *const customs_compact[] = {&custom_compact_info,
                                                          NULL};
static const struct cs_field custom_extended[] = {AT(U1), AT(U4), AT(AID)};
static const struct cs_struct custom_extended_info =
    STRUCT("custom", custom_extended);
static const struct cs_struct *const customs_extended[] = {
    &custom_extended_info, NULL};

static const struct cs_field directory_fields[] = {
    SIZE("Header", U2, CAP_HEADER),
    SIZE("Directory", U2, CAP_DIRECTORY),
    SIZE("Applet", U2, CAP_APPLET),
    SIZE("Import", U2, CAP_IMPORT),
    SIZE("ConstantPool", U2, CAP_CONSTANT_POOL),
    SIZE("Class", U2, CAP_CLASS),
    SIZE_IF("Method", U2, CAP_METHOD, CS_COMPACT),
    SIZE_IF("Method", U4, CAP_METHOD, CS_EXTENDED),
    SIZE("StaticField", U2, CAP_STATIC_FIELD),
    SIZE_IF("ReferenceLocation", U2, CAP_REFERENCE_LOCATION, CS_COMPACT),
    SIZE_IF("ReferenceLocation", U4, CAP_REFERENCE_LOCATION, CS_EXTENDED),
    SIZE("Export", U2, CAP_EXPORT),
    SIZE_IF("Descriptor", U2, CAP_DESCRIPTOR, CS_COMPACT),
    SIZE_IF("Descriptor", U4, CAP_DESCRIPTOR, CS_EXTENDED),
    SIZE_IF("Debug", U2, CAP_DEBUG, CS_COMPACT | CS_SINCE_22),
    SIZE_IF("Debug", U4, CAP_DEBUG, CS_EXTENDED),
    SIZE_IF("StaticResources", U4, CAP_STATIC_RESOURCES, CS_SINCE_23),
    DERIVED("image_size", U2, STATIC_IMAGE),
    DERIVED("array_init_count", U2, ARRAY_COUNT),
    DERIVED("array_init_size", U2, ARRAY_SIZE),
    DERIVED("import_count", U1, IMPORT_COUNT),
    DERIVED("applet_count", U1, APPLET_COUNT),
    {.name = "method_component_block_count",
     .kind = CS_U1,
     .need = CS_DERIVED,
     .when = CS_EXTENDED,
     .value = CS_D_BLOCK_COUNT},
    COUNT("custom_count", COUNT1),
    {.kind = CS_LIST,
     .when = CS_COMPACT,
     .count = 24,
     .items = customs_compact},
    {.kind = CS_LIST,
     .when = CS_EXTENDED,
     .count = 24,
     .items = customs_extended},
};
const struct cs_struct cs_directory = STRUCT("Directory", directory_fields);

/* ---- Applet, Import [JCVM 6.6, 6.7] ---- */

static const struct cs_field one_applet[] = {AT(AID), AT(METHOD)};
static const struct cs_struct applet_info = STRUCT("applet", one_applet);
static const struct cs_struct *const applets[] = {&applet_info, NULL};
static const struct cs_field applet_fields[] = {COUNT("count", COUNT1),
                                                LIST(1, applets)};
const struct cs_struct cs_applet = STRUCT("Applet", applet_fields);

static const struct cs_field import_fields[] = {COUNT("count", COUNT1),
                                                LIST(1, packages)};
const struct cs_struct cs_import = STRUCT("Import", import_fields);

/* ---- ConstantPool [JCVM 6.8] ---- */

static const struct cs_field classref[] = {AT(TAG), AT(CLASS), AT(PAD)};
static const struct cs_field memberref[] = {AT(TAG), AT(CLASS), AT(TOKEN)};
static const struct cs_field static_field[] = {AT(TAG), AT(STATIC_FIELD)};
static const struct cs_field static_method[] = {AT(TAG), AT(STATIC_METHOD)};
#define ENTRY(word, rows, t) STRUCT_AS(word, rows, t, 4)
static const struct cs_struct entry_structs[] = {
    ENTRY("Classref", classref, CAP_CLASSREF),
    ENTRY("InstanceFieldref", memberref, CAP_INSTANCE_FIELDREF),
    ENTRY("VirtualMethodref", memberref, CAP_VIRTUAL_METHODREF),
    ENTRY("SuperMethodref", memberref, CAP_SUPER_METHODREF),
    ENTRY("StaticFieldref", static_field, CAP_STATIC_FIELDREF),
    ENTRY("StaticMethodref", static_method, CAP_STATIC_METHODREF),
};
static const struct cs_struct *const entries[] = {&entry_structs[0],
                                                  &entry_structs[1],
                                                  &entry_structs[2],
                                                  &entry_structs[3],
                                                  &entry_structs[4],
                                                  &entry_structs[5],
                                                  NULL};
static const struct cs_field pool_fields[] = {COUNT("count", COUNT2),
                                              LIST(1, entries)};
const struct cs_struct cs_pool = STRUCT("ConstantPool", pool_fields);

/* ---- Class [JCVM 6.9] ---- */

static const struct cs_names class_flags[] = {
    {4, "SHAREABLE"}, {2, "REMOTE"}, {0, NULL}};

#define CLASS_HEAD                                                             \
    {                                                                          \
        .name = "interface_count", .kind = CS_HEAD, .names = class_flags       \
    }

static const struct cs_field interface_fields[] = {
    AT(DEFINE),
    CLASS_HEAD,
    VALUES("superinterfaces", 2, CLASS),
    {.name = "interface_name",
     .kind = CS_NAME,
     .need = CS_REQUIRED,
     .when = CS_REMOTE},
};
static const struct cs_struct interface_info =
    STRUCT_AS("interface", interface_fields, CAP_CLASS_INTERFACE, 0);

static const struct cs_field implemented_fields[] = {
    AT(CLASS), COUNT("count", COUNT1), VALUES("index", 2, U1)};
static const struct cs_struct implemented =
    STRUCT("implemented_interface", implemented_fields);
static const struct cs_struct *const implementeds[] = {&implemented, NULL};

static const struct cs_field remote_method_fields[] = {AT(HEX2), AT(U2),
                                                       AT(TOKEN)};
static const struct cs_struct remote_method =
    STRUCT("remote_method", remote_method_fields);
static const struct cs_struct *const remote_methods[] = {&remote_method, NULL};
static const struct cs_field remote_fields[] = {
    COUNT("remote_methods_count", COUNT1),
    LIST(1, remote_methods),
    OR("hash_modifier", NAME, 0),
    OR("class_name", NAME, 0),
    COUNT("remote_interfaces_count", COUNT1),
    VALUES("remote_interfaces", 5, CLASS),
};
static const struct cs_struct remote_info =
    STRUCT("remote_interface_info", remote_fields);
static const struct cs_struct *const remotes[] = {&remote_info, NULL};

static const struct cs_field class_fields[] = {
    AT(DEFINE),
    CLASS_HEAD,
    MUST("super_class_ref", CLASS),
    OR("declared_instance_size", U1, 0),
    OR("first_reference_token", TOKEN, 0xFF),
    OR("reference_count", U1, 0),
    OR("public_method_table_base", U1, 0),
    COUNT("public_method_table_count", COUNT1),
    OR("package_method_table_base", U1, 0),
    COUNT("package_method_table_count", COUNT1),
    VALUES("public_virtual_method_table", 8, METHOD),
    VALUES("package_virtual_method_table", 10, METHOD),
    LIST(2, implementeds),
    {.kind = CS_ONE, .when = CS_REMOTE, .items = remotes},
    {.name = "public_virtual_method_token_mapping",
     .kind = CS_VALUES,
     .need = CS_DERIVED,
     .when = CS_SINCE_23,
     .value = CS_TOKEN},
    {.name = "CAP22_inheritable_public_method_token_count",
     .kind = CS_U1,
     .need = CS_DERIVED,
     .when = CS_SINCE_23,
     .value = CS_D_CAP22},
};
static const struct cs_struct class_info = STRUCT("class", class_fields);
static const struct cs_struct *const classes[] = {&interface_info, &class_info,
                                                  NULL};
static const struct cs_field class_component[] = {LIST(0, classes)};
const struct cs_struct cs_class = STRUCT("Class", class_component);

/* ---- StaticField [JCVM 6.11] ---- */

static const struct cs_names init_types[] = {
    {2, "boolean"}, {3, "byte"}, {4, "short"}, {5, "int"}, {0, NULL}};
static const struct cs_field array_fields[] = {AT_NAMED(ENUM1, init_types),
                                               AT(DATA)};
static const struct cs_struct array_init = STRUCT("array_init", array_fields);
static const struct cs_struct *const arrays[] = {&array_init, NULL};
static const struct cs_field static_fields[] = {
    DERIVED("image_size", U2, IMAGE_SIZE),
    DERIVED("reference_count", U2, REFERENCE_COUNT),
    COUNT("array_init_count", COUNT2),
    LIST(3, arrays),
    OR("default_value_count", U2, 0),
    OR("non_default_values", DATA, 0),
};
const struct cs_struct cs_static_field = STRUCT("StaticField", static_fields);

/* ---- Export [JCVM 6.13] ---- */

static const struct cs_field exported_fields[] = {
    AT(CLASS),
    COUNT("static_field_count", COUNT1),
    COUNT("static_method_count", COUNT1),
    VALUES("static_field_offsets", 2, U2),
    VALUES("static_method_offsets", 3, METHOD),
};
static const struct cs_struct exported = STRUCT("class", exported_fields);
static const struct cs_struct *const exporteds[] = {&exported, NULL};
static const struct cs_field export_package_fields[] = {
    COUNT("class_count", COUNT1), LIST(1, exporteds)};
static const struct cs_struct export_package =
    STRUCT("package", export_package_fields);
static const struct cs_struct *const export_packages[] = {&export_package,
                                                          NULL};
static const struct cs_field export_fields[] = {
    {.name = "class_count",
     .kind = CS_COUNT1,
     .need = CS_DERIVED,
     .when = CS_COMPACT},
    {.kind = CS_LIST, .when = CS_COMPACT, .count = 1, .items = exporteds},
    {.name = "package_count",
     .kind = CS_COUNT1,
     .need = CS_DERIVED,
     .when = CS_EXTENDED},
    {.kind = CS_LIST,
     .when = CS_EXTENDED,
     .count = 3,
     .items = export_packages},
};
const struct cs_struct cs_export = STRUCT("Export", export_fields);

/* ---- Descriptor [JCVM 6.14] ---- */

static const struct cs_names member_flags[] = {
    {0x01, "PUBLIC"}, {0x02, "PRIVATE"},  {0x04, "PROTECTED"}, {0x08, "STATIC"},
    {0x10, "FINAL"},  {0x40, "ABSTRACT"}, {0x80, "INIT"},      {0, NULL}};
static const struct cs_names described_flags[] = {{0x01, "PUBLIC"},
                                                  {0x10, "FINAL"},
                                                  {0x40, "INTERFACE"},
                                                  {0x80, "ABSTRACT"},
                                                  {0, NULL}};
static const struct cs_field field_row[] = {
    AT(TOKEN), AT_NAMED(FLAGS1, member_flags), AT(FIELD), AT(FIELD_TYPE)};
static const struct cs_struct field_info = STRUCT("field", field_row);
static const struct cs_struct *const field_infos[] = {&field_info, NULL};
static const struct cs_field method_row[] = {
    AT(TOKEN),
    AT_NAMED(FLAGS1, member_flags),
    AT(METHOD),
    AT(TYPE_OFFSET),
    DERIVED("bytecode_count", U2, BYTECODE_COUNT),
    DERIVED("exception_handler_count", U2, HANDLER_COUNT),
    DERIVED("exception_handler_index", U2, HANDLER_INDEX),
};
static const struct cs_struct method_info = STRUCT("method", method_row);
static const struct cs_struct *const method_infos[] = {&method_info, NULL};
static const struct cs_field described_fields[] = {
    AT(TOKEN),
    AT_NAMED(FLAGS1, described_flags),
    AT(CLASS),
    COUNT("interface_count", COUNT1),
    COUNT("field_count", COUNT2),
    COUNT("method_count", COUNT2),
    VALUES("interfaces", 4, CLASS),
    LIST(5, field_infos),
    LIST(6, method_infos),
};
static const struct cs_struct described = STRUCT("class", described_fields);
static const struct cs_struct *const describeds[] = {&described, NULL};
static const struct cs_field described_package_fields[] = {
    COUNT("class_count", COUNT1), LIST(1, describeds)};
static const struct cs_struct described_package =
    STRUCT("package", described_package_fields);
static const struct cs_struct *const described_packages[] = {&described_package,
                                                             NULL};
static const struct cs_field descriptor_fields[] = {
    {.name = "class_count",
     .kind = CS_COUNT1,
     .need = CS_DERIVED,
     .when = CS_COMPACT},
    {.kind = CS_LIST, .when = CS_COMPACT, .count = 1, .items = describeds},
    {.name = "package_count",
     .kind = CS_COUNT1,
     .need = CS_DERIVED,
     .when = CS_EXTENDED},
    {.kind = CS_LIST,
     .when = CS_EXTENDED,
     .count = 3,
     .items = described_packages},
};
const struct cs_struct cs_descriptor = STRUCT("Descriptor", descriptor_fields);

/* ---- Debug [JCVM 6.15] ---- */

static const struct cs_names debug_class_flags[] = {{0x0001, "PUBLIC"},
                                                    {0x0010, "FINAL"},
                                                    {0x0020, "REMOTE"},
                                                    {0x0200, "INTERFACE"},
                                                    {0x0400, "ABSTRACT"},
                                                    {0x0800, "SHAREABLE"},
                                                    {0, NULL}};
static const struct cs_names debug_member_flags[] = {
    {0x0001, "PUBLIC"},    {0x0002, "PRIVATE"},
    {0x0004, "PROTECTED"}, {0x0008, "STATIC"},
    {0x0010, "FINAL"},     {0x0100, "NATIVE"},
    {0x0400, "ABSTRACT"},  {0, NULL}};
static const struct cs_field string_fields[] = {AT(TEXT)};
static const struct cs_struct debug_string = STRUCT("string", string_fields);
static const struct cs_struct *const debug_strings[] = {&debug_string, NULL};
static const struct cs_field debug_field_row[] = {
    AT(STRING), AT(STRING), AT_NAMED(FLAGS2, debug_member_flags), AT(HEX4)};
static const struct cs_struct debug_field = STRUCT("field", debug_field_row);
static const struct cs_struct *const debug_fields[] = {&debug_field, NULL};
static const struct cs_field variable_row[] = {AT(U1), AT(STRING), AT(STRING),
                                               AT(PC), AT(U2)};
static const struct cs_struct variable = STRUCT("variable", variable_row);
static const struct cs_struct *const variables[] = {&variable, NULL};
static const struct cs_field line_row[] = {AT(PC), AT(PC), AT(U2)};
static const struct cs_struct line = STRUCT("line", line_row);
static const struct cs_struct *const lines[] = {&line, NULL};
static const struct cs_field debug_method_row[] = {
    AT(STRING),
    AT(STRING),
    AT_NAMED(FLAGS2, debug_member_flags),
    AT(METHOD),
    DERIVED("header_size", U1, HEADER_SIZE),
    DERIVED("body_size", U2, BYTECODE_COUNT),
    COUNT("variable_count", COUNT2),
    COUNT("line_count", COUNT2),
    LIST(7, variables),
    LIST(8, lines),
};
static const struct cs_struct debug_method = STRUCT("method", debug_method_row);
static const struct cs_struct *const debug_methods[] = {&debug_method, NULL};
static const struct cs_field debug_class_row[] = {
    AT(STRING),
    AT_NAMED(FLAGS2, debug_class_flags),
    AT(CLASS),
    MUST("superclass_name", STRING),
    MUST("source_file", STRING),
    COUNT("interface_count", COUNT1),
    COUNT("field_count", COUNT2),
    COUNT("method_count", COUNT2),
    VALUES("interface_names", 6, STRING),
    LIST(7, debug_fields),
    LIST(8, debug_methods),
};
static const struct cs_struct debug_class = STRUCT("class", debug_class_row);
static const struct cs_struct *const debug_classes[] = {&debug_class, NULL};
static const struct cs_field debug_package_fields[] = {
    AT(STRING), COUNT("class_count", COUNT2), LIST(2, debug_classes)};
static const struct cs_struct debug_package =
    STRUCT("package", debug_package_fields);
static const struct cs_struct *const debug_packages[] = {&debug_package, NULL};
static const struct cs_field strings_fields[] = {COUNT("string_count", COUNT2),
                                                 LIST(1, debug_strings)};
const struct cs_struct cs_strings = STRUCT("Debug", strings_fields);
static const struct cs_field debug_component[] = {
    {.name = "package_count",
     .kind = CS_COUNT1,
     .need = CS_DERIVED,
     .when = CS_EXTENDED},
    {.kind = CS_LIST, .when = CS_EXTENDED, .count = 1, .items = debug_packages},
    {.kind = CS_ONE, .when = CS_COMPACT, .items = debug_packages},
};
const struct cs_struct cs_debug = STRUCT("Debug", debug_component);

/* ---- the components ---- */

const struct cs_names cs_atypes[] = {
    {10, "boolean"}, {11, "byte"}, {12, "short"}, {13, "int"}, {0, NULL}};

static const struct {
    const char *name;
    const char *file[2]; /* compact, extended */
    const struct cs_struct *table;
} components[] = {
    [CAP_HEADER] = {"Header", {"Header.cap", "Header.cap"}, &cs_header},
    [CAP_DIRECTORY] = {"Directory",
                       {"Directory.cap", "Directory.cap"},
                       &cs_directory},
    [CAP_APPLET] = {"Applet", {"Applet.cap", "Applet.cap"}, &cs_applet},
    [CAP_IMPORT] = {"Import", {"Import.cap", "Import.cap"}, &cs_import},
    [CAP_CONSTANT_POOL] = {"ConstantPool",
                           {"ConstantPool.cap", "ConstantPool.cap"},
                           &cs_pool},
    [CAP_CLASS] = {"Class", {"Class.cap", "Class.cap"}, &cs_class},
    [CAP_METHOD] = {"Method", {"Method.cap", "Method.capx"}, NULL},
    [CAP_STATIC_FIELD] = {"StaticField",
                          {"StaticField.cap", "StaticField.cap"},
                          &cs_static_field},
    [CAP_REFERENCE_LOCATION] = {"ReferenceLocation",
                                {"RefLocation.cap", "RefLocation.capx"},
                                NULL},
    [CAP_EXPORT] = {"Export", {"Export.cap", "Export.cap"}, &cs_export},
    [CAP_DESCRIPTOR] = {"Descriptor",
                        {"Descriptor.cap", "Descriptor.capx"},
                        &cs_descriptor},
    [CAP_DEBUG] = {"Debug", {"Debug.cap", "Debug.capx"}, &cs_debug},
    [CAP_STATIC_RESOURCES] = {"StaticResources",
                              {"StaticResources.capx", "StaticResources.capx"},
                              NULL},
};

const struct cs_struct *cs_component(uint8_t tag)
{
    return tag < COUNT_OF(components) ? components[tag].table : NULL;
}

const char *cs_component_name(uint8_t tag)
{
    return tag < COUNT_OF(components) ? components[tag].name : NULL;
}

const char *cs_component_file(uint8_t tag, bool extended)
{
    return tag < COUNT_OF(components) ? components[tag].file[extended] : NULL;
}

unsigned cs_size_width(uint8_t tag, bool extended)
{
    bool wide = tag == CAP_METHOD || tag == CAP_REFERENCE_LOCATION ||
                tag == CAP_DESCRIPTOR || tag == CAP_DEBUG || tag >= 128;
    return tag == CAP_STATIC_RESOURCES || (extended && wide) ? 4 : 2;
}

bool cs_is_there(const struct cs_field *field, const struct cs_form *form,
                 bool remote)
{
    uint8_t has = (uint8_t)((form->minor >= 2 ? CS_SINCE_22 : 0) |
                            (form->minor >= 3 ? CS_SINCE_23 : 0) |
                            (form->extended ? CS_EXTENDED : CS_COMPACT) |
                            (remote ? CS_REMOTE : 0));
    return (field->when & ~has) == 0;
}

unsigned cs_width(uint8_t kind)
{
    switch (kind) {
    case CS_U2:
    case CS_HEX2:
    case CS_VERSION:
    case CS_FLAGS2:
    case CS_CLASS:
    case CS_FIELD_TYPE:
    case CS_TYPE_OFFSET:
    case CS_STRING:
    case CS_PC:
    case CS_COUNT2:
        return 2;
    case CS_U4:
    case CS_HEX4:
        return 4;
    case CS_STATIC_FIELD:
    case CS_STATIC_METHOD:
    case CS_FIELD:
        return 3;
    default:
        return 1;
    }
}
