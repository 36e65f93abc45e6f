/*
 * The upgrade of load files, as far as the runtime has a part in it: the calls
 * of org.globalplatform.upgrade.OnUpgradeListener, and what becomes of the
 * objects that an old instance saved for the new one.  [Amd H]
 *
 * an instance's --listed--> --kept--> VM_KEPT's --given--> the new one's
 *
 * The list of saved objects is a HEAP_REF_ARRAY of the runtime's: first those
 * that the first root leads to, itself in front, then those of the second that
 * are not among them, and so on.
 */
#ifndef JCRE_UPGRADE_H
#define JCRE_UPGRADE_H

#include "jcre/jcre.h"

/* Instances of one load file that is upgraded. */
enum { JCRE_UPGRADE_MAX = 32 };

/* Native cells of an Element (natives/upgrade.c), the references first. */
enum {
    JCRE_ELEMENT_DATA,    /* bytes */
    JCRE_ELEMENT_OBJECTS, /* references */
    JCRE_ELEMENT_MAPPED,  /* what a MappedElement stands for */
};

/* Whether the instance's applet is an OnUpgradeListener. */
bool jcre_is_listener(const struct jcre *j, uint16_t instance);

/*
 * onSave(): *root is what it returned.  9000; the word of its failure, as
 * jcre_call_end says; 6985 when that is neither null nor an Element of its own.
 */
sw_t jcre_on_save(struct jcre *j, uint16_t instance, ref_t *root);
/* onRestore(root); the same words. */
sw_t jcre_on_restore(struct jcre *j, uint16_t instance, ref_t root);
/* onCleanup() and onConsolidate(): what they throw is ignored. */
void jcre_on_cleanup(struct jcre *j, uint16_t instance);
void jcre_on_consolidate(struct jcre *j, uint16_t instance);

/*
 * Lists what `count` roots lead to of the objects in a package's context, and
 * takes from MappedElements what they stand for, which does not last;
 * counts[i]: how many of the list are of root i.  In an epoch that watches.
 * ERR_TYPE: an object is of a class of the package, or an array of such;
 * ERR_MEMORY.
 */
NODISCARD enum err jcre_list_saved(struct jcre *j, uint8_t package,
                                   const ref_t *roots, uint8_t count,
                                   ref_t *list, uint16_t *counts);

/*
 * All objects of the list become nobody's; n of them from `first` on become an
 * instance's.  Each step is atomic and the whole repeatable.
 */
NODISCARD enum err jcre_keep_saved(struct jcre *j, ref_t list);
NODISCARD enum err jcre_give_saved(struct jcre *j, ref_t list, uint32_t first,
                                   uint32_t n, uint16_t instance);

#endif
